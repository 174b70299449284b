/** An image pinned by content: `<name>@sha256:<64 hex>`. `name` is a registry repository or `oci-layout://<folder>`. */
export type ImageReference = string

/** An immutable thing that can run. */
export interface Release {
  readonly app: string
  readonly version: string
  /** Full commit id of the source, or `''` when it is not known. */
  readonly commit: string
  /** One image per component, each pinned by digest. */
  readonly images: Readonly<Record<string, ImageReference>>
  /** The component that takes traffic; the others follow at `promote`. */
  readonly serving: string
  /** Non-secret settings the release runs with. `restore` brings them back too. */
  readonly settings: Readonly<Record<string, string>>
  /** SHA-256 (hex) of `settings`, see `hashedSettings`. */
  readonly settingsHash: string
}

export interface PinnedImage {
  readonly name: string
  /** `sha256:<64 hex>` */
  readonly digest: string
}

const PINNED = /^(?<name>[^\s@]+)@(?<digest>sha256:[0-9a-f]{64})$/

/** The parts of an image pinned by digest; `undefined` for a tag or anything else. */
export function pinnedImage(reference: string): PinnedImage | undefined {
  const match = PINNED.exec(reference)
  return match?.groups ? { name: match.groups['name']!, digest: match.groups['digest']! } : undefined
}

/** The image that takes traffic. */
export function servingImage(release: Release): ImageReference {
  return release.images[release.serving] ?? ''
}

export function sameRelease(a: Release, b: Release): boolean {
  // Most differ in their version already; a long history is compared often.
  return a === b || (a.version === b.version && releaseKey(a) === releaseKey(b))
}

/** One string per distinct release: what runs (digests, settings) under which version. */
export function releaseKey(release: Release): string {
  const images = Object.entries(release.images)
    .map(([component, reference]) => `${component}=${pinnedImage(reference)?.digest ?? reference}`)
    .toSorted()
  return [release.app, release.version, ...images, release.settingsHash].join(' ')
}

/** The text whose SHA-256 is `settingsHash`: sorted, unambiguous. */
export function settingsText(settings: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
