import type { ImageReference } from '../domain/release.js'

/** What is in a registry under one digest. */
export interface RegistryImage {
  /** As the registry reports it. */
  readonly digest: string
  /** Of one platform where the reference names an index: the first that is no attestation. */
  readonly labels: Readonly<Record<string, string>>
  readonly layers: readonly { readonly digest: string; readonly bytes: number; readonly createdBy: string }[]
  /** `linux/amd64`, … */
  readonly platforms: readonly string[]
}

/** Images where everybody fetches them. */
export interface ImageRegistry {
  /** `reference` is `<repository>:<tag>` or `<repository>@sha256:…`; `undefined` when the registry has no such image. */
  look(reference: string): Promise<RegistryImage | undefined>
  /** Gives an image more tags, without moving its layers. A tag that is there moves. */
  tag(image: ImageReference, tags: readonly string[]): Promise<void>
}
