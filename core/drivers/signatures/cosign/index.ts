import type { SignWith } from '../../../domain/environment.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Signatures } from '../../../ports/signatures.js'

export function cosignSignatures(_signWith: SignWith, _ambient: Ambient): Signatures {
  throw new Error('not yet')
}
