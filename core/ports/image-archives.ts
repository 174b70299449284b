import type { ImageReference } from '../domain/release.js'

/** Images as files, for programs that can not ask a registry. */
export interface ImageArchives {
  /**
   * Writes the image of one platform (`linux/amd64`) to a file, of the form that `docker save` writes. Rejects with
   * `image-not-found` when there is no such image, or none for the platform, and with `scan-failed` when another one was saved.
   */
  save(image: ImageReference, platform: string, file: string): Promise<void>
}
