const BETWEEN_MS = 10_000

/** Lets through what a log without moving lines can bear: the first, then one every ten seconds. */
export function thinned(write: (text: string) => void, now: () => number): { progress(text: string): void; reset(): void } {
  let last = -Infinity
  return {
    progress(text) {
      if (now() - last < BETWEEN_MS) return
      last = now()
      write(text)
    },
    reset() {
      last = -Infinity
    },
  }
}
