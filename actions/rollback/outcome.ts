import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  'rolled-back': 'The target serves 100 % and was identified.',
  'candidate-abandoned': 'A delivery was in flight: its candidate is gone, and the release that served before serves 100 % and was identified.',
  planned: 'A dry run: the target and the choices were printed, nothing was changed.',
  'nothing-to-roll-back': 'No release serves, or none that served before it can be brought back. Nothing was changed.',
  'just-rolled-back': 'A rollback ended well a few minutes ago: whoever asks again without naming a target mostly means the same one. Nothing was changed.',
  'target-unknown': 'No release fits `to`. Nothing was changed.',
  'target-ineligible': 'The release named by `to` can not be brought back; the message says why. Nothing was changed.',
  'schema-incompatible': 'The old release can not run on the database schema as it is now. Nothing was changed; the message says what can be done, with its exact inputs.',
  'needs-second-person': 'The release named by `to` last served so long ago that `four-eyes` asks for a second person, and none is to be seen. Nothing was changed.',
  'already-there': 'The release named by `to` serves already. Nothing was changed.',
  'receipt-unknown': 'No backup that a rollback can restore has the receipt. Nothing was changed.',
  unhealthy: 'The target did not become healthy; what served before goes on serving.',
  'wrong-version': 'After the switch, answers did not name the target.',
  'checks-failed': 'The target serves 100 %, but its checks fail.',
  'migrate-down-failed': 'The target serves 100 %, but the command that takes the schema back failed.',
  'flush-failed': 'The target serves 100 %, but the command that empties the caches failed.',
  'restore-failed': 'The target serves 100 %, but the database was not restored; the message says how it is now.',
  preempted: 'Another rollback took over.',
  cancelled: 'The run was cancelled. A rollback begun is still carried to its end; the message says what was seen.',
  error: 'Something kept the work from being done; the message says what.',
  stuck: 'The rollback could not be observed to have happened. Look at the platform now.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['deployment', 'record', 'version', 'previous', 'seconds', 'database'] as const

export type RollbackOutcome = Outcome<Reason, (typeof outputs)[number]>
