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
        const key = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
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
