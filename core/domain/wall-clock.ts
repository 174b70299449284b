/**
 * What clocks on the wall of a place show. A reading is written as the epoch ms that the same date and time would have in
 * UTC, so that readings can be compared and counted on.
 */
export interface WallClock {
  readonly zone: string
  reading(at: number): number
  /** The first moment at which the clock shows this reading or has jumped over it. */
  reached(reading: number): number
  /** The first moment from which on the clock never shows anything before this reading: past the hour that comes twice. */
  passed(reading: number): number
}

/** No place is further from UTC, and the clock changes not twice within this time. */
const REACH_MS = 16 * 3_600_000

const ZONE = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/

/** Whether a place of this name is known, such as `Europe/Paris` or `UTC`. */
export function isTimeZone(name: string): boolean {
  if (!ZONE.test(name)) return false
  try {
    formatFor(name)
    return true
  } catch {
    return false
  }
}

export function wallClock(zone: string): WallClock {
  const format = formatFor(zone)
  const reading = (at: number): number => readingOf(format, at)
  let known: Change | undefined
  const around = (wall: number): Change => (known = changeBetween(reading, wall - REACH_MS, wall + REACH_MS, known))
  return {
    zone,
    reading,
    reached(wall) {
      const { at, before, after } = around(wall)
      return wall - before < at ? wall - before : Math.max(at, wall - after)
    },
    passed(wall) {
      const { at, before, after } = around(wall)
      return wall - after >= at ? wall - after : Math.min(at, wall - before)
    },
  }
}

/** How far the clock is ahead of UTC before and after a moment (ms). */
interface Change {
  readonly at: number
  readonly before: number
  readonly after: number
}

function changeBetween(reading: (at: number) => number, from: number, to: number, known: Change | undefined): Change {
  const ahead = (at: number): number => reading(at) - at
  const [before, after] = [ahead(from), ahead(to)]
  if (before === after) return { at: to, before, after }
  // The next question is mostly about the same change: looking for it is what costs.
  if (known?.before === before && known.after === after && from < known.at && known.at <= to) return known
  let [low, high] = [from, to]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (ahead(middle) === before) low = middle
    else high = middle
  }
  return { at: high, before, after }
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  })
}

function readingOf(format: Intl.DateTimeFormat, at: number): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {}
  for (const { type, value } of format.formatToParts(at)) parts[type] = value
  const part = (name: Intl.DateTimeFormatPartTypes): number => Number(parts[name])
  const seconds = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return seconds + (((at % 1000) + 1000) % 1000)
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

/** `Mon 2026-03-30 08:00 Europe/Paris` */
export function shownAt(at: number, zone: string): string {
  const reading = new Date(wallClock(zone).reading(at))
  return `${DAYS[reading.getUTCDay()]} ${reading.toISOString().slice(0, 10)} ${reading.toISOString().slice(11, 16)} ${zone}`
}
