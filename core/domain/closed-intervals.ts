/** Cumulative counters out of a source that only says how much there was in each minute, or other interval. Times in epoch ms. */

/** How much of a series there was in one interval. */
export interface Amount {
  readonly series: string
  /** When the interval begins; a multiple of its width. */
  readonly at: number
  readonly amount: number
}

export interface ClosedIntervals {
  /** From when on the source is to be asked; what lies before can't change any more. */
  readonly askFrom: number
  /** A whole answer of the source to a question from `askFrom` on, asked at `now`. */
  take(amounts: readonly Amount[], now: number): void
  /** All of a series in the intervals that are over. Never shrinks. */
  total(series: string): number
  /** End of the newest interval in which the series had any word, zero included. */
  newest(series: string): number | undefined
}

interface Kept {
  settled: number
  /** By its beginning; may grow yet. */
  readonly open: Map<number, number>
  newest: number | undefined
}

/**
 * Adds up intervals of `widthMs` from the one on that `since` falls into. One that is not over is left out: it would be counted by halves.
 * One that is over may still grow, as late parts of it come in, until it is `growsMs` old; each is counted once, with the most that was heard of it.
 */
export function closedIntervals(since: number, widthMs: number, growsMs: number): ClosedIntervals {
  const floor = (at: number): number => Math.floor(at / widthMs) * widthMs
  const known = new Map<string, Kept>()
  let askFrom = floor(since)
  const keep = (series: string): Kept => {
    const kept = known.get(series) ?? { settled: 0, open: new Map<number, number>(), newest: undefined }
    known.set(series, kept)
    return kept
  }
  return {
    get askFrom() {
      return askFrom
    },
    take(amounts, now) {
      for (const { series, at, amount } of amounts) {
        if (at < askFrom || at + widthMs > now || !(amount >= 0)) continue
        const kept = keep(series)
        kept.open.set(at, Math.max(amount, kept.open.get(at) ?? 0))
        kept.newest = Math.max(at + widthMs, kept.newest ?? 0)
      }
      askFrom = Math.max(askFrom, floor(now - growsMs))
      for (const kept of known.values()) settle(kept, askFrom)
    },
    total(series) {
      const kept = known.get(series)
      return kept === undefined ? 0 : [...kept.open.values()].reduce((sum, amount) => sum + amount, kept.settled)
    },
    newest: (series) => known.get(series)?.newest,
  }
}

function settle(kept: Kept, until: number): void {
  for (const [at, amount] of kept.open) {
    if (at >= until) continue
    kept.settled += amount
    kept.open.delete(at)
  }
}
