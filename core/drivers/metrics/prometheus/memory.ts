import type { Series } from './ask.js'

/** What a set of series has counted, with all their restarts. */
export interface Grown {
  readonly total: number
  /** Series whose counter began anew since the last reading. */
  readonly restarted: number
}

/**
 * Remembers each series of one selector: a process that starts again counts from zero, and one that is gone leaves what it counted. So a sum only grows.
 */
export function memoryOfSeries(): { grown(now: readonly Series[]): Grown } {
  const known = new Map<string, { last: number; lost: number }>()
  return {
    grown(now) {
      let restarted = 0
      for (const { labels, value } of now) {
        if (!Number.isFinite(value)) continue
        const key = keyOf(labels)
        const before = known.get(key)
        if (before === undefined) known.set(key, { last: value, lost: 0 })
        else {
          if (value < before.last) {
            before.lost += before.last
            restarted += 1
          }
          before.last = value
        }
      }
      return { total: [...known.values()].reduce((sum, { last, lost }) => sum + last + lost, 0), restarted }
    },
  }
}

/**
 * Remembers when each series was last scraped. Of two servers behind one address one is behind the other, and what it says of a series would look
 * like a process that started again. Answers by how many seconds the series that is furthest behind is; only where none is, this reading is remembered.
 */
export function memoryOfTimes(): { behind(times: readonly Series[]): number } {
  const known = new Map<string, number>()
  return {
    behind(times) {
      const read = times.map(({ labels, value }) => [keyOf(labels), value] as const)
      const behind = Math.max(0, ...read.map(([key, at]) => (known.get(key) ?? at) - at))
      if (behind === 0) for (const [key, at] of read) known.set(key, at)
      return behind
    },
  }
}

function keyOf(labels: Series['labels']): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
