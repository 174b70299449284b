/** A stream of bytes that is taken in pieces of the taker's choice. At most one piece and one chunk are held. */
export interface Cutting {
  /** Up to and including the next line feed; `undefined` when none comes within `most` bytes. */
  line(most: number): Promise<Uint8Array | undefined>
  /** So many bytes; `undefined` when fewer are left. */
  exactly(bytes: number): Promise<Uint8Array | undefined>
  /** So many bytes, or what is left. */
  upTo(bytes: number): Promise<Uint8Array>
  /** Whether all has been taken. */
  ended(): Promise<boolean>
  /** Reads no further: whoever writes at the other end is told. */
  close(): Promise<void>
}

const LINE_FEED = 10

export function bytesFrom(content: AsyncIterable<Uint8Array>): Cutting {
  const source = content[Symbol.asyncIterator]()
  const held: Uint8Array[] = []
  let count = 0
  let over = false
  const pull = async (): Promise<void> => {
    const { value, done } = await source.next()
    if (done === true) over = true
    else {
      held.push(value)
      count += value.length
    }
  }
  const short = (bytes: number): boolean => count < bytes && !over
  const filled = async (bytes: number): Promise<void> => {
    while (short(bytes)) await pull()
  }
  const take = (bytes: number): Uint8Array => {
    const [first] = held
    const all = held.length === 1 && first !== undefined ? first : Buffer.concat(held)
    held.splice(0, held.length, ...(bytes < all.length ? [all.subarray(bytes)] : []))
    count = Math.max(0, count - bytes)
    return all.subarray(0, bytes)
  }
  return {
    async line(most) {
      for (;;) {
        const end = Buffer.concat(held).indexOf(LINE_FEED)
        if (end >= 0 && end < most) return take(end + 1)
        if (end >= 0 || over || count >= most) return undefined
        await pull()
      }
    },
    async exactly(bytes) {
      await filled(bytes)
      return count < bytes ? undefined : take(bytes)
    },
    async upTo(bytes) {
      await filled(bytes)
      return take(bytes)
    },
    async ended() {
      await filled(1)
      return count === 0
    },
    async close() {
      await source.return?.()
    },
  }
}
