import type { ImageReference } from '../domain/release.js'

export interface ImageLayer {
  readonly digest: string
  /** As it is fetched. */
  readonly bytes: number
  /** The instruction that made it. */
  readonly createdBy: string
}

/** What is in a registry under one digest. */
export interface RegistryImage {
  /** As the registry reports it. */
  readonly digest: string
  /** Of one platform where the reference names an index: the first that is no attestation. */
  readonly labels: Readonly<Record<string, string>>
  /** Of the largest platform: what one machine has to fetch. */
  readonly layers: readonly ImageLayer[]
  readonly bytes: number
  /** `linux/amd64`, … */
  readonly platforms: readonly string[]
}

/**
 * Images where everybody fetches them. Rejects with `registry-refused` and `registry-unreachable`; some registries refuse
 * where others say that there is no such image.
 */
export interface ImageRegistry {
  /** `reference` is `<repository>:<tag>` or `<repository>@sha256:…`; `undefined` when the registry has no such image. */
  look(reference: string): Promise<RegistryImage | undefined>
  /** Only the digest that is under a reference, of the index where there is one. */
  digestOf(reference: string): Promise<string | undefined>
  /** Gives an image more tags, without moving its layers, and its digest stays. A tag that is there moves. */
  tag(image: ImageReference, tags: readonly string[]): Promise<void>
}
