import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { bytesOf } from './bytes.js'

/** Node writes neither name nor time into the header. */
export const gzip = (content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => through(content, createGzip())

export const gunzip = (content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => through(content, createGunzip())

async function* through(content: AsyncIterable<Uint8Array>, transform: Duplex): AsyncGenerator<Uint8Array> {
  const feeding = pipeline(content, transform)
  // A fault destroys the transform with itself as the reason, so the reader below meets it.
  feeding.catch(() => undefined)
  yield* bytesOf(transform)
  await feeding
}
