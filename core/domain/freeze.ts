import type { DeliveryKind } from './history.js'
import { DAY_MS, WEEK_MS, type FreezeWindow } from './freeze-window.js'
import { shownAt, wallClock, type WallClock } from './wall-clock.js'

/** What going forward a freeze can stop. Going back is never stopped. */
export const freezable = ['deploy', 'promote'] as const satisfies readonly DeliveryKind[]
export type Freezable = (typeof freezable)[number]

/** Times in which nothing goes forward. */
export interface Freeze {
  readonly windows: readonly FreezeWindow[]
  readonly appliesTo: readonly Freezable[]
}

/** A time without deliveries as it lies on the calendar (epoch ms). */
export interface Frozen {
  /** The window that it is in, or that it begins with. */
  readonly window: FreezeWindow
  readonly from: number
  /** When nothing is frozen any more: windows that overlap or touch count as one. Absent: there is no end within two years. */
  readonly until?: number
}

interface Occurrence {
  readonly window: FreezeWindow
  readonly from: number
  readonly to: number
}

const AHEAD_MS = 731 * DAY_MS

/** The freeze that a moment is in. */
export function frozenAt(freeze: Freeze, at: number): Frozen | undefined {
  const clocks = clocksOf(freeze)
  const now = occurrences(freeze, clocks, at - DAY_MS, at + DAY_MS).filter(({ from, to }) => from <= at && at < to)
  const longest = now.toSorted((a, b) => b.to - a.to)[0]
  if (longest === undefined) return undefined
  const until = endOf(freeze, clocks, longest.to, at + AHEAD_MS)
  return { window: longest.window, from: Math.min(...now.map(({ from }) => from)), ...(until === undefined ? {} : { until }) }
}

/** The first freeze that begins after a moment. */
export function nextFreeze(freeze: Freeze, at: number): Frozen | undefined {
  const clocks = clocksOf(freeze)
  const soon = occurrences(freeze, clocks, at, at + 2 * WEEK_MS)
  const later = freeze.windows.filter(({ weekly }) => !weekly).flatMap((window) => onCalendar(window, clocks.get(window.zone)!, at, Infinity))
  const next = [...soon, ...later].filter(({ from }) => from > at).toSorted((a, b) => a.from - b.from)[0]
  if (next === undefined) return undefined
  const until = endOf(freeze, clocks, next.to, at + AHEAD_MS)
  return { window: next.window, from: next.from, ...(until === undefined ? {} : { until }) }
}

/** Follows windows that go on where another ends. */
function endOf(freeze: Freeze, clocks: ReadonlyMap<string, WallClock>, end: number, limit: number): number | undefined {
  let until = end
  while (until < limit) {
    const here = until
    const further = occurrences(freeze, clocks, here - DAY_MS, here + DAY_MS).filter(({ from, to }) => from <= here && here < to)
    if (further.length === 0) return until
    until = Math.max(...further.map(({ to }) => to))
  }
  return undefined
}

function clocksOf({ windows }: Freeze): ReadonlyMap<string, WallClock> {
  return new Map([...new Set(windows.map(({ zone }) => zone))].map((zone) => [zone, wallClock(zone)]))
}

/** All that touch the time between two moments. */
function occurrences({ windows }: Freeze, clocks: ReadonlyMap<string, WallClock>, first: number, last: number): readonly Occurrence[] {
  return windows.flatMap((window) => onCalendar(window, clocks.get(window.zone)!, first, last))
}

function onCalendar(window: FreezeWindow, clock: WallClock, first: number, last: number): readonly Occurrence[] {
  const spans = window.weekly ? weeksBetween(clock.reading(first), clock.reading(last)).flatMap((week) => window.spans.map(({ from, to }) => ({ from: week + from, to: week + to }))) : window.spans
  // Clocks are looked at only where it may matter: that is the costly part.
  const near = spans.filter(({ from, to }) => to > first - 2 * DAY_MS && from < last + 2 * DAY_MS)
  return near.map(({ from, to }) => ({ window, from: clock.reached(from), to: clock.passed(to) })).filter(({ from, to }) => from < to)
}

/** Mondays 00:00, the first of them early enough that what began a week before is still seen. */
function weeksBetween(first: number, last: number): readonly number[] {
  const begin = mondayOf(first) - WEEK_MS
  return Array.from({ length: Math.floor((last - begin) / WEEK_MS) + 1 }, (_, index) => begin + index * WEEK_MS)
}

/** 1970 began on a Thursday. */
function mondayOf(reading: number): number {
  const days = Math.floor(reading / DAY_MS)
  return (days - ((((days + 3) % 7) + 7) % 7)) * DAY_MS
}

/** `Mon 2026-03-30 08:00 Europe/Paris (2026-03-30T06:00:00Z)` */
export function shownTwice(at: number, zone: string): string {
  return `${shownAt(at, zone)} (${new Date(at).toISOString().slice(0, 19)}Z)`
}

/** `until Mon 2026-03-30 08:00 Europe/Paris (2026-03-30T06:00:00Z)` */
export function shownUntil({ window, until }: Frozen): string {
  return until === undefined ? 'without an end in sight' : `until ${shownTwice(until, window.zone)}`
}
