import type { EnvironmentHistory } from '../history.js'
import type { Receipt } from '../receipt.js'
import type { Assessed } from './assess.js'
import type { EnvironmentPanel } from './model.js'
import type { EnvironmentSource } from './sources.js'

/** Goings back of the last 90 days count. */
export const MEASURED_MS = 90 * 86_400_000

/** Where an environment stands to what was promised of it. Unknown is never well. */
export function objectivesOf({ history, objectives, backup }: Pick<EnvironmentSource, 'history' | 'objectives' | 'backup'>, assessed: readonly Assessed[], now: number): EnvironmentPanel['objectives'] {
  const newest = newestVerified(history)
  const worst = worstGoingBack(assessed, now)
  const rpo = newest === undefined
    ? { limitMs: objectives.rpoMs, ok: false }
    : { limitMs: objectives.rpoMs, newestVerifiedAt: newest.at, ok: now - newest.at <= objectives.rpoMs, receipt: newest.receipt.id }
  const rto = worst === undefined ? { limitMs: objectives.rtoMs, ok: false } : { limitMs: objectives.rtoMs, worstMs: worst, ok: worst <= objectives.rtoMs }
  return { ...(backup || newest !== undefined ? { rpo } : {}), rto }
}

/** By the moment of the data that it holds: what was written after it would be lost. */
export function newestVerified({ facts }: Pick<EnvironmentHistory, 'facts'>): { readonly at: number; readonly receipt: Receipt } | undefined {
  let newest: { readonly at: number; readonly receipt: Receipt } | undefined
  for (const fact of facts) {
    if (fact.type !== 'receipt' || fact.receipt.verified === null) continue
    const at = Date.parse(fact.receipt.takenAt)
    if (!Number.isNaN(at) && at > (newest?.at ?? Number.NEGATIVE_INFINITY)) newest = { at, receipt: fact.receipt }
  }
  return newest
}

function worstGoingBack(assessed: readonly Assessed[], now: number): number | undefined {
  const measured = assessed.flatMap(({ at, goingBackMs }) => (goingBackMs === undefined || at < now - MEASURED_MS ? [] : [goingBackMs]))
  return measured.length === 0 ? undefined : measured.reduce((most, ms) => Math.max(most, ms), 0)
}
