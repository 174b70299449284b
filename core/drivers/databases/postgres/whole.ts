/** Content that is read to its end, whoever reads it: what shows only there (a checksum) is not to be missed. */
export interface Whole {
  readonly content: AsyncIterable<Uint8Array>
  /** Reads what nobody wanted. Throws what the content threw, even if its reader did not care. */
  rest(): Promise<void>
  /** It is not wanted any more. */
  close(): Promise<void>
}

/** A program may have all that it needs before the end, and ends well: reading goes on here. */
export function toTheEnd(content: AsyncIterable<Uint8Array>): Whole {
  const iterator = content[Symbol.asyncIterator]()
  const seen: { over: boolean; fault?: unknown } = { over: false }
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      const result = await iterator.next()
      if (result.done === true) seen.over = true
      return result
    } catch (thrown) {
      Object.assign(seen, { over: true, fault: thrown })
      throw thrown
    }
  }
  const reader: AsyncIterator<Uint8Array> = { next, return: () => Promise.resolve({ done: true, value: undefined }) }
  return {
    content: { [Symbol.asyncIterator]: () => reader },
    async rest() {
      while (!seen.over) await next()
      if ('fault' in seen) throw seen.fault
    },
    async close() {
      if (!seen.over) await iterator.return?.()
    },
  }
}
