/** Keeps the last bytes of an output, however long it gets. */
export interface Tail {
  add(chunk: Uint8Array): void
  text(): string
}

export function tailOf(limit: number): Tail {
  let chunks: Uint8Array[] = []
  let held = 0
  const shorten = (): void => {
    const all = Buffer.concat(chunks)
    chunks = [all.subarray(Math.max(0, all.length - limit))]
    held = chunks[0]!.length
  }
  return {
    add(chunk) {
      chunks.push(chunk)
      held += chunk.length
      // Twice the limit, so that a long output is not copied for every chunk.
      if (held > 2 * limit) shorten()
    },
    text() {
      shorten()
      return Buffer.from(chunks[0]!).toString('utf8')
    },
  }
}

/** The last lines that say something. */
export function lastLines(text: string, count: number): readonly string[] {
  return text.split(/\r?\n/).map((line) => line.trimEnd()).filter((line) => line !== '').slice(-count)
}
