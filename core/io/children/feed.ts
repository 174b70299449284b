import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * Writes a program's standard input. A program may stop reading before the end: that is its own
 * affair, and its exit code tells. Resolves to what the *source* threw, when it did.
 */
export async function feed(stdin: Writable, content: string | AsyncIterable<Uint8Array>): Promise<unknown> {
  let broken: unknown
  const source = async function* (): AsyncGenerator<string | Uint8Array> {
    try {
      if (typeof content === 'string') yield content
      else yield* content
    } catch (thrown) {
      broken = thrown ?? new Error('the content ended with a failure')
      throw thrown
    }
  }
  await pipeline(source, stdin).catch(() => undefined)
  return broken
}
