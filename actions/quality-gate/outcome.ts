import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  passed: 'Every command ended well, every report that was named was read, every threshold holds, and that is recorded with the commit. With `require`: it is recorded as a success.',
  'passed-unrecorded': 'Everything passed, and nothing was recorded: `record` is `false`, or no repository on GitHub is known.',
  'nothing-to-run': 'No command and no report is named. That is never a pass.',
  'wrong-commit': 'What is checked out is not the commit that was meant, or no commit at all. Nothing was run.',
  'tree-dirty': 'Files of the checkout differ from the commit. Nothing was run.',
  'prepare-failed': 'The command that is run before all others failed or did not end in time. No other was run.',
  'commands-failed': 'At least one command failed, did not end in time or could not be run.',
  'report-missing': 'A report that was named is not there.',
  'report-stale': 'A report that was named was not written by its command: it is older.',
  'report-unreadable': 'A report that was named is damaged, cut off, too large or in no form that is known.',
  'report-incomplete': 'A tool says in its report that it did not look at everything.',
  'no-tests': 'A test report that was named holds no test that was run.',
  'nothing-covered': 'A coverage report that was named holds no line that could be covered.',
  'thresholds-missed': 'Everything was run and read, and a threshold does not hold.',
  'tree-changed': 'The commands have changed files of the commit, or the commit itself: what was tested is not what was committed.',
  'quality-failed': 'With `require`: a failure is recorded for the commit.',
  'quality-missing': 'With `require`: nothing is recorded for the commit, and nothing appeared in time.',
  'quality-pending-timeout': 'With `require`: the result did not come in time. A run that was killed leaves it pending for ever.',
  'quality-outdated': 'With `require`: the result is older than `max-age`.',
  cancelled: 'The run was cancelled.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['commit', 'status', 'url', 'tests', 'failed-tests', 'coverage', 'findings'] as const

export type QualityOutcome = Outcome<Reason, (typeof outputs)[number]>
