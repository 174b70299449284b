import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  watched: 'The window is over: the release served through it, and the judge passed it against what the release before had.',
  'watched-unsuspected': 'The window is over without suspicion and without a pass, and you chose to go on then (`rollout.on-undecided`).',
  'still-watching': 'A look found nothing against the release; its window goes on, and the next look continues.',
  'watched-elsewhere': 'Another run watches this release, and was alive a short while ago. Nothing was done twice.',
  'nothing-to-watch': 'What serves is in no window: its watch has ended, it was brought back by a rollback, or no delivery is on record.',
  'first-release': 'Nothing served before it, and no ceiling or trigger is set: there is nothing to hold it against.',
  'not-configured': 'The environment has no `watch`, and `optional` allows that.',
  'rolled-back': 'Evidence spoke against the release: the one before serves 100 % again and was identified.',
  alerted: 'Evidence spoke against the release, and `on-fail` is `alert`: nothing was changed. Somebody should look now.',
  'released-again': 'Another delivery has all traffic now: the window of this release ended with that.',
  'taken-back': 'The release was taken back meanwhile, by somebody or by another run. Nothing was done twice.',
  undecided: 'The window is over without a verdict, and that does not count as a pass. Nothing was changed.',
  'no-data': 'There were no requests or no samples to judge by. Unknown is never green; nothing was changed.',
  'no-past': 'Nothing is known of what the release before had, and no ceiling or trigger is set. Nothing was changed.',
  'no-metrics': 'The environment has no source of metrics and no trigger. Nothing was changed.',
  unwatched: 'The window is over, and nobody had watched to its end. Nothing was changed.',
  'no-way-back': 'Evidence spoke against the release, and no release before it can be brought back; the message says why. Nothing was changed.',
  unhealthy: 'Evidence spoke against the release; the one before did not become healthy, so the release goes on serving.',
  'wrong-version': 'Evidence spoke against the release; after going back, answers did not name the one before.',
  'checks-failed': 'Evidence spoke against the release: the one before serves 100 % again, but its checks fail.',
  'flush-failed': 'Evidence spoke against the release: the one before serves 100 % again, but the caches were not emptied.',
  preempted: 'Another run took over while this one went back.',
  cancelled: 'The run was cancelled. A way back begun is still carried to its end; otherwise the next look goes on with the watch.',
  error: 'Something kept the work from being done; the message says what.',
  stuck: 'Going back could not be observed to have happened. Look at the platform now.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['version', 'until', 'cause', 'verdict', 'requests', 'serves', 'deployment', 'record', 'evidence'] as const

export type WatchOutcome = Outcome<Reason, (typeof outputs)[number]>
