import type { Ambient } from '../../../ports/ambient.js'
import type { Encryption } from '../../../ports/encryption.js'

/** Encryption in the format of age. */
export function ageEncryption(_ambient: Ambient): Encryption {
  throw new TypeError('not built yet')
}
