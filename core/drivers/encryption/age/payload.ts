import { createCipheriv, createDecipheriv } from 'node:crypto'
import { StateError } from '../../../errors/families.js'
import { bytesFrom, type Cutting } from './cutting.js'

/** The content is sealed piece by piece, so that none of it is given out before it was found unchanged. */
const PIECE = 64 * 1024
const SEAL = 16
const CIPHER = 'chacha20-poly1305'
const LAST = 1

/** The number of the piece, and whether it is the last: pieces can't change places, and none can be cut off unseen. */
function counter(): (last: boolean) => Uint8Array {
  const nonce = Buffer.alloc(12)
  let number = 0
  return (last) => {
    // Eleven bytes; six of them count to more than any store holds.
    nonce.writeUIntBE(number, 5, 6)
    nonce[11] = last ? LAST : 0
    number += 1
    return nonce
  }
}

export async function* sealed(content: AsyncIterable<Uint8Array>, key: Uint8Array): AsyncGenerator<Uint8Array> {
  const source = bytesFrom(content)
  const next = counter()
  try {
    for (let last = false; !last;) {
      const piece = await source.upTo(PIECE)
      last = await source.ended()
      const cipher = createCipheriv(CIPHER, key, next(last), { authTagLength: SEAL })
      yield cipher.update(piece)
      yield Buffer.concat([cipher.final(), cipher.getAuthTag()])
    }
  } finally {
    await source.close()
  }
}

export async function* opened(source: Cutting, key: Uint8Array): AsyncGenerator<Uint8Array> {
  const next = counter()
  for (let first = true, last = false; !last; first = false) {
    const piece = await source.upTo(PIECE + SEAL)
    last = await source.ended()
    // Only an empty file has an empty piece.
    if (piece.length < SEAL || (piece.length === SEAL && !first)) throw changed()
    const content = unsealed(piece, key, next(last))
    if (content.length > 0) yield content
  }
}

function unsealed(piece: Uint8Array, key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: SEAL })
  decipher.setAuthTag(piece.subarray(-SEAL))
  try {
    return Buffer.concat([decipher.update(piece.subarray(0, -SEAL)), decipher.final()])
  } catch {
    throw changed()
  }
}

function changed(): StateError {
  return new StateError('backup-corrupt', { message: 'An encrypted backup was changed or cut after it was written: a piece of it does not have its seal.' })
}
