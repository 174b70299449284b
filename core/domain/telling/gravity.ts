import type { NoticeState, Severity } from '../notice.js'

/** How what an action ended with is told. */
export interface Gravity {
  readonly state: NoticeState
  readonly severity: Severity
}

/** Nothing is wrong with the release or the data: something else went first, or somebody will ask again. */
const QUIET: ReadonlySet<string> = new Set(['preempted', 'superseded', 'just-rolled-back', 'already-there', 'released-again'])

/** Nobody knows how traffic or data stand, users may be served badly, or there is nothing to go back to. */
const GRAVE: ReadonlySet<string> = new Set(['stuck', 'none-verified', 'backup-missing', 'swap-failed', 'not-healed', 'archive-broken', 'mismatch'])

/** What is bad elsewhere is worse here: the way back did not work, or the data of users was just replaced. */
const GRAVE_HERE: Readonly<Record<string, ReadonlySet<string>>> = {
  rollback: new Set(['nothing-to-roll-back', 'schema-incompatible', 'unhealthy', 'wrong-version', 'checks-failed', 'migrate-down-failed', 'flush-failed', 'restore-failed', 'error', 'timed-out', 'cancelled']),
  'watch-release': new Set(['alerted', 'no-way-back', 'unhealthy', 'wrong-version', 'checks-failed', 'flush-failed']),
  'db-restore': new Set(['migrate-failed', 'flush-failed', 'checks-failed']),
}

/** By the action's name and its reason; whatever is not named is for somebody to look at today. */
export function gravityOf(action: string, ok: boolean, reason: string): Gravity {
  if (ok) return { state: 'succeeded', severity: 'info' }
  if (reason === 'held') return { state: 'waiting', severity: 'warning' }
  if (QUIET.has(reason)) return { state: 'failed', severity: 'info' }
  return { state: 'failed', severity: GRAVE.has(reason) || GRAVE_HERE[action]?.has(reason) === true ? 'critical' : 'warning' }
}
