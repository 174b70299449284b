import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  promoted: 'The judge passed the release; it serves 100 % and was identified.',
  'promoted-unsuspected': 'Time ran out without suspicion and without a pass, and you chose to promote then. It serves 100 % and was identified.',
  'promoted-first': 'Nothing served before, so there was nothing to compare with. It serves 100 % and was identified.',
  switched: 'All traffic was moved at once, as the strategy says; checks passed, nothing was judged. It serves 100 % and was identified.',
  'already-live': 'The very same release served already, and was identified again.',
  planned: 'A dry run: the plan was printed, nothing was changed.',
  superseded: 'A release that was asked for later is live already. Nothing was changed.',
  'marked-bad': 'Evidence spoke against this release before. Nothing was changed.',
  'budget-spent': 'The error budget of an objective is spent, and `slo.on-spent` refuses then. Nothing was changed.',
  'budget-unknown': 'The error budget could not be read, and `slo.on-unknown` refuses then. Nothing was changed.',
  frozen: 'It is a time without deliveries, by `freeze` in the configuration. Nothing was changed.',
  unsigned: 'An image has no signature, and the environment has a `verify`. Nothing was changed.',
  'foreign-signature': 'An image is signed, but by nobody whom `verify` names. Nothing was changed.',
  'invalid-signature': 'An image has a signature that does not hold: for another image, damaged or expired. Nothing was changed.',
  'lease-held': 'Another delivery is at work in this environment. Nothing was changed.',
  'no-backup': 'The environment has a `backup`, and no verified receipt was given. Nothing was changed.',
  'no-metrics': 'A canary needs a source of metrics, and none is set. Nothing was changed.',
  'no-way-back': 'The platform would not keep the release that serves now, so there would be no way back. Nothing was changed.',
  'weights-unsupported': 'The platform can not give the weights of the plan. Nothing was changed.',
  'migrate-failed': 'The migration command failed; the release was not started.',
  unhealthy: 'The release did not become healthy in time. What served before, if anything did, serves.',
  'wrong-version': 'Answers named another version than the one that was launched. What served before, if anything did, serves.',
  'checks-failed': 'Checks failed against the release. What served before, if anything did, serves.',
  'high-error-rate': 'The judge found that more requests fail than allowed. The previous release serves.',
  'high-response-time': 'The judge found that more requests are slow than allowed. The previous release serves.',
  'business-metric': 'The judge found a metric of `judge.metrics.prometheus.custom` worse than its tolerance; the message names it. The previous release serves.',
  failed: 'The judge found the release worse than allowed, by a check that has no reason of its own. The previous one serves.',
  'health-check-failure': 'Checks failed again and again while the release was on trial. The previous one serves.',
  'user-complaints': 'Users complained since the release. The previous one serves.',
  'resource-exhaustion': 'The release was started again too often, ran out of memory, or its memory grows. The previous one serves.',
  'slo-burn': 'The release uses the error budget up too fast. The previous one serves.',
  'candidate-died': 'The release stopped or became unhealthy on trial. The previous one serves.',
  'weight-changed': 'Somebody or something else changed the weight. The previous release serves.',
  'no-data': 'There were no samples to judge by. Unknown never promotes: the previous release serves.',
  undecided: 'The judge ran out of time. The previous release serves.',
  held: 'Undecided, and you chose to hold: the weight stays as it is until somebody promotes or rolls back.',
  preempted: 'A rollback or a newer run took over; what served before, if anything did, serves.',
  cancelled: 'The run was cancelled; what served before, if anything did, serves.',
  error: 'Something kept the work from being done; the message says what. What served before, if anything did, serves.',
  stuck: 'Going back could not be observed. Look at the platform now.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['deployment', 'record', 'url', 'version', 'previous', 'weight', 'verdict', 'requests', 'evidence'] as const

export type PromoteOutcome = Outcome<Reason, (typeof outputs)[number]>
