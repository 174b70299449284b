import type { ImageReference } from '../domain/release.js'
import type { SignerRule, Verified } from '../domain/signature.js'

/** Finds out who signed images. */
export interface Signatures {
  readonly name: string
  /** Of an image named by digest. Rejects when it could not be found out; that is never a pass. */
  verify(image: ImageReference, rule: SignerRule): Promise<Verified>
}

/** A signature that was put beside an image and seen there. */
export interface Signed {
  /** For people. */
  readonly by: string
  /** `false`: it was there before. */
  readonly fresh: boolean
}

/** Signs images. */
export interface Signer {
  readonly name: string
  /**
   * Signs the image where it is, in its registry, unless this signer has signed it already. Resolves once the signature
   * has been verified there; may be called again after a kill.
   */
  sign(image: ImageReference): Promise<Signed>
  /**
   * Whether a signature of this very signer, by its key or identity, is beside the image. `false` as well where it can't be told
   * beforehand which identity that is. Rejects when it could not be found out; that is never a pass.
   */
  signed(image: ImageReference): Promise<boolean>
}
