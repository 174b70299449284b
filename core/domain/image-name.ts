const HUB = 'docker.io'
const REPOSITORY = /^(?:(?=[^/]*[.:]|localhost\/)[A-Za-z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/

/** `registry.example/team/shop`: a repository without tag or digest. */
export function isRepository(text: string): boolean {
  return text.length <= 255 && REPOSITORY.test(text)
}

export function isTag(text: string): boolean {
  return TAG.test(text)
}

/** The registry that an image's name leads to: what stands before the first slash, where that is a host. */
export function registryOf(name: string): string {
  const [host = '', ...rest] = name.split('/')
  return rest.length > 0 && (/[.:]/.test(host) || host === 'localhost') ? host : HUB
}

/** An image's reference in its parts; `undefined` for what is none. */
export interface Reference {
  /** `docker.io` for Docker's own. */
  readonly registry: string
  /** Below the registry: `library/debian`. */
  readonly path: string
  /** A tag or `sha256:…`; `latest` where there is none. */
  readonly which: string
}

const REFERENCE = /^(?<name>[^@\s]+?)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/

export function referenceIn(text: string): Reference | undefined {
  const { name, tag, digest } = REFERENCE.exec(text)?.groups ?? {}
  if (name === undefined || !isRepository(name)) return undefined
  const registry = registryOf(name)
  const path = registry === HUB && !name.startsWith(`${HUB}/`) ? name : name.slice(name.indexOf('/') + 1)
  return { registry, path: registry === HUB && !path.includes('/') ? `library/${path}` : path, which: digest ?? tag ?? 'latest' }
}

/** A version as a tag; a tag has no `+`, and most tools write `_` there. `undefined` when it can be none. */
export function tagOf(version: string): string | undefined {
  const tag = version.replaceAll('+', '_')
  return isTag(tag) ? tag : undefined
}
