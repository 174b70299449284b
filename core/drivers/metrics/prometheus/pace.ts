import type { Sample } from '../../../domain/sample.js'
import { intervalOf, nextWorthAsking, noScrapes, withScrape } from '../../../domain/scrapes.js'

/** One scrape that was missed is no silence yet. */
const STALE_SCRAPES = 2.5

/** How often a server scrapes: as the stable release was before, and then, surer, as it is seen. */
export interface Pace {
  usually(everyMs: number | undefined): void
  scraped(at: number): void
  /** What a reading says of it: when to ask again, and how far apart scrapes are. */
  told(now: number): Pick<Sample, 'nextAt' | 'everyMs'>
  /** Counters that are older say nothing of now. */
  staleMs(givenMs: number): number
}

export function paceOf(): Pace {
  let scrapes = noScrapes
  let usualMs: number | undefined
  const every = (): number | undefined => intervalOf(scrapes) ?? usualMs
  return {
    usually: (everyMs) => {
      usualMs = everyMs
    },
    scraped: (at) => {
      scrapes = withScrape(scrapes, at)
    },
    told: (now) => {
      const [nextAt, everyMs] = [nextWorthAsking(scrapes, now), every()]
      return { ...(nextAt === undefined ? {} : { nextAt }), ...(everyMs === undefined ? {} : { everyMs }) }
    },
    staleMs: (givenMs) => Math.max(givenMs, STALE_SCRAPES * (every() ?? 0)),
  }
}
