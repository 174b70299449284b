import type { Environment } from '../domain/environment.js'
import type { Reach } from '../domain/platform.js'
import type { Ambient } from '../ports/ambient.js'
import { attemptCheck } from './check-attempt.js'

/** What one try of all checks of an environment found. */
export interface CheckedOnce {
  /** `name (what was observed)` of each that failed. */
  readonly failing: readonly string[]
  /** Nothing answered any of those. */
  readonly silent: boolean
}

/** Every check once, all at the same time; rejects only when the run is cancelled or an address is none. */
export async function checkOnce({ checks, degraded }: Pick<Environment, 'checks' | 'degraded'>, at: Reach, withinMs: number, ambient: Ambient): Promise<CheckedOnce> {
  const tried = await Promise.all(checks.map(async (check) => ({ check, attempt: await attemptCheck(check, { ...at, withinMs }, ambient) })))
  const failing = tried.filter(({ attempt: { state } }) => state === 'failed' || (state === 'degraded' && degraded === 'fail'))
  return {
    failing: failing.map(({ check, attempt }) => `${check.name} (${attempt.findings.join(', ')})`),
    silent: failing.length > 0 && failing.every(({ attempt }) => attempt.unanswered),
  }
}
