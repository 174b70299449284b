import type { Readable } from 'node:stream'

/** A stream's chunks as bytes; an absent stream has none. */
export async function* bytesOf(stream: Readable | null | undefined): AsyncGenerator<Uint8Array> {
  if (!stream) return
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a stream of bytes gave something else')
    yield chunk
  }
}
