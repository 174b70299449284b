import { StateError } from '../../../errors/families.js'
import type { Encryption } from '../../../ports/encryption.js'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { bytesFrom } from './cutting.js'
import { headerFor, keyIn, NONCE_BYTES, payloadKey } from './header.js'
import { opened, sealed } from './payload.js'

/**
 * Files as the `age` program makes and opens them. The header, which holds the file's key for each recipient, is the library's
 * work; the content goes through OpenSSL's ChaCha20-Poly1305 inside Node: several times as fast as the library, no slower than the
 * program, and no key ever leaves this process, neither for an argv nor for a temporary file.
 */
export function ageEncryption(): Encryption {
  return {
    async *encrypt(content, recipients) {
      const { header, fileKey } = await headerFor(recipients)
      const { nonce, key } = payloadKey(fileKey)
      yield Buffer.concat([header, nonce])
      yield* sealed(content, key)
    },
    async *decrypt(content, identities) {
      const source = bytesFrom(content)
      try {
        const fileKey = await keyIn(source, identities)
        const nonce = await source.exactly(NONCE_BYTES)
        if (nonce === undefined) throw new StateError('backup-corrupt', { message: 'An encrypted backup ends in the middle of its first lines.' })
        yield* opened(source, payloadKey(fileKey, nonce).key)
      } finally {
        await source.close()
      }
    },
    async key() {
      const identity = await generateX25519Identity()
      return { identity, recipient: await identityToRecipient(identity) }
    },
  }
}
