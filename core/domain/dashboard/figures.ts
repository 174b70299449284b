import type { Assessed } from './assess.js'
import type { Figures } from './model.js'
import { median, percentile, shareOf } from './statistics.js'

const DAY = 86_400_000
const WEEK = 7 * DAY
/** 5 January 1970 was a Monday. */
const FIRST_MONDAY = 4 * DAY
const MOST_WEEKS = 53

export interface Span {
  readonly from: number
  readonly to: number
}

/** The newest so long, but not from before the record begins. */
export function spanOf(beginnings: readonly number[], generatedAt: number, spanMs: number): Span {
  const first = beginnings.reduce((least, at) => Math.min(least, at), generatedAt)
  return { from: Math.max(first, generatedAt - spanMs), to: generatedAt }
}

/** `all` may come from several environments; what ended before `from` is only in the trend. */
export function figuresOf(all: readonly Assessed[], { from, to }: Span): Figures {
  const inside = all.filter(({ at }) => at >= from)
  const forward = inside.filter(({ kind }) => kind === 'forward')
  const succeeded = forward.filter(({ ok }) => ok)
  const exposed = forward.filter((one) => one.exposed)
  const durations = present(succeeded, ({ durationMs }) => durationMs)
  return {
    from,
    to,
    deliveries: forward.length,
    succeeded: succeeded.length,
    failed: forward.length - succeeded.length,
    rollbacks: inside.length - forward.length,
    successRate: shareOf(succeeded.length, forward.length),
    rollbackRate: shareOf(succeeded.filter(({ takenBack }) => takenBack).length, succeeded.length),
    duration: { median: median(durations), p95: percentile(durations, 0.95) },
    dora: {
      deploymentFrequency: all.length === 0 ? null : succeeded.length / Math.max(1, (to - from) / DAY),
      leadTime: median(leadsOf(succeeded).map(({ ms }) => ms)),
      changeFailureRate: shareOf(exposed.filter(({ failedChange }) => failedChange).length, exposed.length),
      timeToRestore: median(present(forward, ({ failedChange, restoreMs }) => (failedChange ? restoreMs : undefined))),
    },
    trend: trendOf(all, to),
  }
}

/** From the commit where that is known of any; hours from a commit and minutes from a request make no common median. */
export function leadsOf(all: readonly Assessed[]): readonly NonNullable<Assessed['lead']>[] {
  const leads = present(all, ({ lead }) => lead)
  const byCommit = leads.filter(({ from }) => from === 'commit')
  return byCommit.length === 0 ? leads : byCommit
}

/** The Monday, 00:00 UTC, that a moment's week begins with. */
export function weekOf(at: number): number {
  return Math.floor((at - FIRST_MONDAY) / WEEK) * WEEK + FIRST_MONDAY
}

function trendOf(all: readonly Assessed[], to: number): Figures['trend'] {
  if (all.length === 0) return []
  const last = weekOf(to)
  const first = Math.max(all.reduce((least, { at }) => Math.min(least, weekOf(at)), last), last - (MOST_WEEKS - 1) * WEEK)
  const weeks = Array.from({ length: (last - first) / WEEK + 1 }, (_, index) => ({ week: first + index * WEEK, deliveries: 0, succeeded: 0, rollbacks: 0, durations: [] as number[] }))
  for (const { at, kind, ok, durationMs } of all) {
    // The clock that recorded it may be a little ahead of ours.
    const week = weeks[Math.min((weekOf(at) - first) / WEEK, weeks.length - 1)]
    if (week === undefined) continue
    if (kind === 'rollback') week.rollbacks += 1
    else week.deliveries += 1
    if (kind === 'forward' && ok) week.succeeded += 1
    if (durationMs !== undefined) week.durations.push(durationMs)
  }
  return weeks.map(({ durations, ...week }) => ({ ...week, medianMs: median(durations) }))
}

function present<T>(all: readonly Assessed[], value: (one: Assessed) => T | undefined): readonly T[] {
  return all.flatMap((one) => value(one) ?? [])
}
