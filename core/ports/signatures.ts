import type { ImageReference } from '../domain/release.js'
import type { SignerRule, Verified } from '../domain/signature.js'

/** Signs images and finds out who signed them. */
export interface Signatures {
  readonly name: string
  /** Signs the image where it is, in its registry. */
  sign(image: ImageReference): Promise<void>
  /** Rejects when it could not be found out; that is never a pass. */
  verify(image: ImageReference, rule: SignerRule): Promise<Verified>
}
