export type Variables = Readonly<Record<string, string | undefined>>

/** What a program needs to find itself, its user, its certificates and its way out; no secret of ours is among them. */
const NEEDED = [
  'PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH',
  'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS',
  'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy',
]

/** A runner gives these to an action, and not to a `run:` step. */
const ONLY_OURS = /^(?:INPUT_|STATE_|ACTIONS_RUNTIME_|ACTIONS_CACHE_URL$|ACTIONS_RESULTS_URL$|ECLUSE_ENV$)/

/** The environment of a program that Ecluse starts itself: what it needs, and what is to be handed on to it. */
export function minimalEnvironment(own: Variables, given: Variables = {}, inherit: readonly string[] = []): Record<string, string> {
  const found = Object.fromEntries(NEEDED.map((name) => [name, own[name]]))
  const asked = Object.entries(own).filter(([name]) => inherit.some((pattern) => handsOn(pattern, name)))
  return defined({ ...found, ...Object.fromEntries(asked), ...given })
}

function handsOn(pattern: string, name: string): boolean {
  if (pattern === '*') return !ONLY_OURS.test(name)
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

/** The environment of a command that the user wrote: what a `run:` step would have. */
export function scriptEnvironment(own: Variables, given: Variables): Record<string, string> {
  const shared = Object.entries(own).filter(([name]) => !ONLY_OURS.test(name))
  return defined({ ...Object.fromEntries(shared), ...given })
}

function defined(variables: Variables): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
