import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  deployed: 'The release serves 100 % and was identified.',
  'already-live': 'The very same release served already, and was identified again.',
  planned: 'A dry run: the plan was printed, nothing was changed.',
  superseded: 'A release that was asked for later is live already. Nothing was changed.',
  'marked-bad': 'Evidence spoke against this release before. Nothing was changed.',
  frozen: 'It is a time without deliveries, by `freeze` in the configuration. Nothing was changed.',
  unsigned: 'An image has no signature, and the environment has a `verify`. Nothing was changed.',
  'foreign-signature': 'An image is signed, but by nobody whom `verify` names. Nothing was changed.',
  'invalid-signature': 'An image has a signature that does not hold: for another image, damaged or expired. Nothing was changed.',
  'lease-held': 'Another delivery is at work in this environment. Nothing was changed.',
  'migrate-failed': 'The migration command failed; the release was not started.',
  unhealthy: 'The release did not become healthy in time. What served before, if anything did, serves.',
  'wrong-version': 'Answers named another version than the one that was launched. What served before, if anything did, serves.',
  preempted: 'A rollback or a newer run took over; what served before, if anything did, serves.',
  cancelled: 'The run was cancelled; what served before, if anything did, serves.',
  error: 'Something kept the work from being done; the message says what. What served before, if anything did, serves.',
  stuck: 'Going back could not be observed. Look at the platform now.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['deployment', 'record', 'url', 'version', 'previous'] as const

export type DeployOutcome = Outcome<Reason, (typeof outputs)[number]>
