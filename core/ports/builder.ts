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
  /** OCI labels; the content key is computed without them. */
  readonly labels: Readonly<Record<string, string>>
  readonly platforms: readonly string[]
  /** Seconds since the epoch that every file and the image itself are dated with. */
  readonly sourceDate: number
  /** Folders inside the context that are no sources: what Ecluse itself keeps there. */
  readonly apart?: readonly string[]
  /** Where the image goes: a layout folder or a repository. */
  readonly destination: string
}

export interface Built {
  readonly image: ImageReference
  readonly digest: string
  /** SHA-256 (hex) over Dockerfile, context, arguments and base images. */
  readonly contentKey: string
  /** An image with the same content key was there: nothing was built. */
  readonly reused: boolean
  readonly layers: readonly { readonly digest: string; readonly bytes: number; readonly createdBy: string }[]
  readonly bytes: number
}

export interface Builder {
  readonly name: string
  /** Rejects with `InputError` for a Dockerfile it can't build. */
  build(request: BuildRequest): Promise<Built>
}
