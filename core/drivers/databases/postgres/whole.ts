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
  let over = false
  let broken: { readonly fault: unknown } | undefined
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      const result = await iterator.next()
      over ||= result.done === true
      return result
    } catch (thrown) {
      broken = { fault: thrown }
      throw thrown
    }
  }
  const reader: AsyncIterator<Uint8Array> = { next, return: () => Promise.resolve({ done: true, value: undefined }) }
  return {
    content: { [Symbol.asyncIterator]: () => reader },
    async rest() {
      while (!over && broken === undefined) await next()
      if (broken !== undefined) throw broken.fault
    },
    async close() {
      if (!over && broken === undefined) await iterator.return?.()
    },
  }
}
