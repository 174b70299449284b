/** When a source that is fed at intervals has something new. Times in epoch ms, by one clock. */

export interface Scrapes {
  /** What was newest at the latest readings, oldest first, each different from the one before. */
  readonly seen: readonly number[]
}

export const noScrapes: Scrapes = { seen: [] }

const REMEMBERED = 6
/** What is scraped takes a moment to be served. */
const SERVED_AFTER_MS = 150

/** With one more reading. */
export function withScrape({ seen }: Scrapes, newest: number): Scrapes {
  const last = seen.at(-1)
  return last !== undefined && newest <= last ? { seen } : { seen: [...seen, newest].slice(-REMEMBERED) }
}

/** The shortest time between two of them, which is the interval or a multiple of it; `undefined` before two were seen. */
export function intervalOf({ seen }: Scrapes): number | undefined {
  const gaps = seen.slice(1).map((at, index) => at - seen[index]!)
  return gaps.length === 0 ? undefined : Math.min(...gaps)
}

/** When it is worth asking again; `undefined`: not known yet. Never in the past: a scrape that is late may come at any moment. */
export function nextWorthAsking(scrapes: Scrapes, now: number): number | undefined {
  const interval = intervalOf(scrapes)
  const last = scrapes.seen.at(-1)
  return interval === undefined || last === undefined ? undefined : Math.max(now, last + interval + SERVED_AFTER_MS)
}
