import type { SignWith } from '../../../domain/environment.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Signatures, Signer } from '../../../ports/signatures.js'
import { identitySource } from './identity-token.js'
import { cosignProgram, type CosignOptions } from './program.js'
import { sign, signed } from './sign.js'
import { verify } from './verify.js'

export type { CosignOptions } from './program.js'

/** Signatures and attestations that lie beside images in their registry, read with cosign 2.6 or newer. */
export function cosignSignatures(options: CosignOptions, ambient: Ambient): Signatures {
  const cosign = cosignProgram(options, ambient)
  return { name: 'cosign', verify: (image, rule) => verify(image, rule, cosign, ambient) }
}

/** `env` says which identity this job has, for signing without a key. */
export function cosignSigner(signWith: SignWith, env: Readonly<Record<string, string | undefined>>, options: CosignOptions, ambient: Ambient): Signer {
  const cosign = cosignProgram(options, ambient)
  const source = identitySource(env)
  return { name: 'cosign', sign: (image) => sign(image, signWith, source, cosign, ambient), signed: (image) => signed(image, signWith, source, cosign, ambient) }
}
