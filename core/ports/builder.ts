import type { Attestations, BuildCache } from '../domain/environment.js'
import type { ImageReference } from '../domain/release.js'

export interface BuildRequest {
  readonly app: string
  readonly version: string
  /** Folder with the sources. */
  readonly context: string
  /** The Dockerfile, relative to the context or absolute. */
  readonly file: string
  readonly target?: string
  readonly args: Readonly<Record<string, string>>
  /** OCI labels. Those that `variableLabels` names are no part of the content key. */
  readonly labels: Readonly<Record<string, string>>
  readonly platforms: readonly string[]
  /** Seconds since the epoch that every file and the image itself are dated with. */
  readonly sourceDate: number
  /** Folders inside the context that are no sources: what Ecluse itself keeps there. */
  readonly apart?: readonly string[]
  /** Where the image goes: a layout folder or a repository. */
  readonly destination: string
  /** For builders with an engine. */
  readonly engine?: EngineRequest
}

/** What only an engine can do for a build. */
export interface EngineRequest {
  /** More contexts under names that the Dockerfile takes from: a folder, or `docker-image://…`. */
  readonly contexts: Readonly<Record<string, string>>
  /** What steps may read while they run: id → value. No part of the image. */
  readonly secrets: Readonly<Record<string, string>>
  readonly cache?: BuildCache
  readonly attestations: Attestations
  /** Image that lists the packages for `attestations: full`; absent: the one that the engine knows. */
  readonly sbomGenerator?: string
  /** An image of the same content is used again. */
  readonly reuse: boolean
}

export interface Built {
  readonly image: ImageReference
  readonly digest: string
  /** SHA-256 (hex) over everything that the image is made of; absent when that could not be known before the build. */
  readonly contentKey?: string
  /** An image with the same content key was there: nothing was built. */
  readonly reused: boolean
  readonly layers: readonly { readonly digest: string; readonly bytes: number; readonly createdBy: string }[]
  readonly bytes: number
  /** `gave-up`: the cache failed or did not answer in time, and the image was built without it. Absent where no build ran. */
  readonly cache?: 'used' | 'none' | 'gave-up'
}

export interface Builder {
  readonly name: string
  /**
   * Uses an image of the same content again, or builds one. It is then at its destination by digest, whole; names in a registry
   * are given later, once it has been examined. Rejects with `InputError` for a Dockerfile it can't build. Can be called again.
   */
  build(request: BuildRequest): Promise<Built>
}
