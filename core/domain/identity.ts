/** How a served answer names its release. */
export type IdentityRule =
  | { readonly kind: 'json'; readonly path: string; readonly pointer: string }
  | { readonly kind: 'header'; readonly path: string; readonly header: string }

export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly elapsedMs: number
}

/** The version an answer claims to be, or why it claims none. */
export function servedVersion(rule: IdentityRule, answer: Answer): { version: string } | { missing: string } {
  // A balancer or an error page can carry a name, too: who answers with a fault does not serve.
  if (answer.status >= 500) return { missing: `the answer is a fault (status ${answer.status})` }
  if (rule.kind === 'header') {
    const version = answer.headers[rule.header.toLowerCase()]
    return version ? { version } : { missing: `no header \`${rule.header}\` in the answer (status ${answer.status})` }
  }
  const value = jsonAt(answer.body, rule.pointer)
  return 'found' in value && (typeof value.found === 'string' || typeof value.found === 'number')
    ? { version: String(value.found) }
    : { missing: 'missing' in value ? value.missing : `\`${rule.pointer}\` is not a text or a number` }
}

/** The value at a dotted path (`a.b.0.c`) of a JSON text. */
export function jsonAt(text: string, path: string): { found: unknown } | { missing: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { missing: `the body is not JSON: "${text.slice(0, 60)}"` }
  }
  for (const key of path === '' ? [] : path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
      return { missing: `no \`${path}\` in the JSON body` }
    }
    value = Object.entries(value).find(([name]) => name === key)?.[1]
  }
  return { found: value }
}
