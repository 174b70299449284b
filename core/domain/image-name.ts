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

/** A version as a tag; a tag has no `+`, and most tools write `_` there. `undefined` when it can be none. */
export function tagOf(version: string): string | undefined {
  const tag = version.replaceAll('+', '_')
  return isTag(tag) ? tag : undefined
}
