import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  passed: 'Every check passed, and what was to run after them too.',
  'passed-degraded': 'Every check passed, but a health report said that something is degraded.',
  'soaked-unsuspected': 'Every check passed; the time of the soak was too short for a verdict, and nothing looked suspect. `on-undecided` lets that pass.',
  'no-checks': 'There was nothing to check. That is never a pass.',
  'wrong-version': 'Answers did not name the version that should be served; no other check was run.',
  'checks-failed': 'At least one check failed until the time was over.',
  'timed-out': 'The checks that did not pass gave no answer in time.',
  'integration-failed': 'The checks passed, but the integration tests failed or did not end in time.',
  'soak-failed': 'All passed at first, but failures followed during the soak.',
  'soak-undecided': 'All passed at first; the soak ended without a verdict, and that does not count as a pass.',
  cancelled: 'The run was cancelled.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['served-version', 'passed', 'degraded', 'failed', 'junit'] as const

export type SmokeOutcome = Outcome<Reason, (typeof outputs)[number]>
