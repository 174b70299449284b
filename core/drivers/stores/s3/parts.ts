import { createHash, type Hash } from 'node:crypto'

/** How a stream is cut: so many parts of each size, the last kind for all that follow. A store takes 10 000 parts of at least 5 MiB. */
export interface Cut {
  readonly sizes: readonly { readonly bytes: number; readonly parts: number }[]
  /** Bytes of parts in memory at any time. */
  readonly memory: number
  readonly atOnce: number
}

const MIB = 1024 * 1024

/** 8 GB in small parts, larger ones after that: 197 GB in all, and never more than 40 MiB of them in memory. */
export const USUAL_CUT: Cut = { sizes: [{ bytes: 8 * MIB, parts: 1000 }, { bytes: 20 * MIB, parts: 9000 }], memory: 40 * MIB, atOnce: 3 }

export interface Part {
  readonly number: number
  readonly bytes: Uint8Array
  /** SHA-256 of this part. */
  readonly sha256: Buffer
  readonly last: boolean
  /** Its memory may be used again. */
  release(): void
}

/** Cuts a stream into parts and hashes all of it. Who takes the next part waits until memory for it is free. */
export interface Parts extends AsyncIterable<Part> {
  readonly whole: Hash
  bytes(): number
  /** Nothing more is taken out of the stream, and who waits for memory waits no longer. */
  stop(): void
}

export function cutInto(content: AsyncIterable<Uint8Array>, cut: Cut): Parts {
  const whole = createHash('sha256')
  const room = memory(cut)
  let total = 0
  async function* parts(): AsyncGenerator<Part> {
    let number = 1
    let size = sizeOf(cut, number)
    let buffer = await room.take(size)
    let filled = 0
    for await (const chunk of content) {
      whole.update(chunk)
      total += chunk.length
      for (let from = 0; from < chunk.length;) {
        // A part that is full goes only once there is more: the last one is known to be the last.
        if (filled === size) {
          yield partOf(number, buffer, false, room.give)
          number += 1
          size = sizeOf(cut, number)
          buffer = await room.take(size)
          filled = 0
        }
        const taken = Math.min(size - filled, chunk.length - from)
        buffer.set(chunk.subarray(from, from + taken), filled)
        filled += taken
        from += taken
      }
    }
    yield partOf(number, buffer.subarray(0, filled), true, room.give)
  }
  return { whole, bytes: () => total, stop: room.close, [Symbol.asyncIterator]: parts }
}

export function mostParts({ sizes }: Cut): number {
  return sizes.reduce((sum, { parts }) => sum + parts, 0)
}

function partOf(number: number, bytes: Uint8Array, last: boolean, give: (buffer: ArrayBufferLike) => void): Part {
  return { number, bytes, sha256: createHash('sha256').update(bytes).digest(), last, release: () => give(bytes.buffer) }
}

function sizeOf({ sizes }: Cut, number: number): number {
  let before = 0
  for (const { bytes, parts } of sizes) {
    before += parts
    if (number <= before) return bytes
  }
  return sizes.at(-1)?.bytes ?? 0
}

interface Memory {
  readonly take: (bytes: number) => Promise<Uint8Array>
  readonly give: (buffer: ArrayBufferLike) => void
  readonly close: () => void
}

/** Buffers that are used again: left to the garbage collector, memory would grow with the speed of the stream. */
function memory({ memory: most, atOnce }: Cut): Memory {
  const free: ArrayBufferLike[] = []
  const waiting: (() => void)[] = []
  let [used, out, closed] = [0, 0, false]
  const fits = (bytes: number): boolean => closed || out === 0 || (out < atOnce && used + bytes <= most)
  return {
    async take(bytes) {
      while (!fits(bytes)) await new Promise<void>((resolve) => waiting.push(resolve))
      if (closed) throw new Error('The upload has ended.')
      used += bytes
      out += 1
      const found = free.findIndex(({ byteLength }) => byteLength === bytes)
      const buffer = found === -1 ? new ArrayBuffer(bytes) : free.splice(found, 1)[0]!
      if (found === -1) free.length = 0
      return new Uint8Array(buffer)
    },
    give(buffer) {
      used -= buffer.byteLength
      out -= 1
      free.push(buffer)
      waiting.shift()?.()
    },
    close() {
      closed = true
      for (const wake of waiting.splice(0)) wake()
    },
  }
}
