/** The label that says what an image is made of. */
export const CONTENT_KEY_LABEL = 'ecluse.content-key'

const STANDARD = 'org.opencontainers.image'

/** They say when an image was made and from which commit, not what is in it. */
export const variableLabels: readonly string[] = ['version', 'revision', 'created'].map((name) => `${STANDARD}.${name}`)

export interface Described {
  readonly app: string
  readonly version: string
  readonly commit: string
  readonly repository: string
  /** Seconds since the epoch. */
  readonly sourceDate: number
}

/** The annotations that registries and scanners read. What is not known is left out. */
export function standardLabels({ app, version, commit, repository, sourceDate }: Described): Readonly<Record<string, string>> {
  const labels = { title: app, version, revision: commit, source: repository, created: new Date(sourceDate * 1000).toISOString().replace('.000Z', 'Z') }
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== '').map(([name, value]) => [`${STANDARD}.${name}`, value]))
}

/** The tag under which an image of this content is found again. */
export function contentTag(contentKey: string): string {
  return `key-${contentKey}`
}
