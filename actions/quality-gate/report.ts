import { percent, sum } from '../../core/domain/quality/coverage.js'
import type { Criterion } from '../../core/domain/quality/criteria.js'
import { testTotals } from '../../core/domain/quality/tests.js'
import { shownFiles } from './checkout.js'
import type { Ran } from './commands.js'
import type { Evidence, ReportProblem } from './evidence.js'
import { reasons, type QualityOutcome, type Reason } from './outcome.js'
import { cut } from './record.js'
import { summaryParts } from './summary.js'

/** What was found out so far. */
export interface Facts {
  readonly commit?: string
  readonly ran?: readonly Ran[]
  /** The command before all others failed. */
  readonly unprepared?: boolean
  readonly evidence?: Evidence
  readonly criteria?: readonly Criterion[]
  /** Files of the commit that the commands have changed. */
  readonly changed?: readonly string[]
  readonly status?: string
  readonly url?: string
}

const GREEN: readonly Reason[] = ['passed', 'passed-unrecorded']
const MOST_TOLD = 12

export function outcome(reason: Reason, message: string, facts: Facts): QualityOutcome {
  const { tests, coverage, findings } = facts.evidence?.measured ?? {}
  const totals = tests === undefined ? undefined : testTotals(tests)
  const covered = coverage === undefined ? undefined : percent(sum(coverage.map(({ lines }) => lines)))
  return {
    ok: GREEN.includes(reason),
    reason,
    message,
    outputs: {
      commit: facts.commit ?? '',
      status: facts.status ?? '',
      url: facts.url ?? '',
      tests: totals === undefined ? '' : String(totals.total),
      'failed-tests': totals === undefined ? '' : String(totals.failed),
      coverage: covered === undefined ? '' : cut(covered),
      findings: findings === undefined ? '' : String(findings.length),
    },
    summary: { title: `Quality: ${reason}`, parts: [{ kind: 'text', text: `${reasons[reason]} ${message}` }, ...summaryParts(facts)] },
  }
}

const PROBLEM_REASONS: readonly (readonly [ReportProblem['kind'], Reason])[] = [
  ['missing', 'report-missing'], ['stale', 'report-stale'], ['unreadable', 'report-unreadable'], ['incomplete', 'report-incomplete'], ['no-tests', 'no-tests'], ['nothing-covered', 'nothing-covered'],
]

/** Everything that is wrong, in a word for the worst: what comes first may be the cause of what comes after. */
export function verdict(facts: Facts, recorded: boolean): { readonly reason: Reason; readonly message: string } {
  const { ran = [], evidence, criteria = [], changed = [] } = facts
  const failed = ran.filter(({ ok }) => !ok)
  const problems = evidence?.problems ?? []
  const missed = criteria.filter(({ met }) => !met)
  const found: (readonly [Reason, string])[] = [
    ...failed.map(({ command, ended }) => [facts.unprepared === true ? 'prepare-failed' : 'commands-failed', told(command.name, ended)] as const),
    ...PROBLEM_REASONS.flatMap(([kind, reason]) => problems.filter((one) => one.kind === kind).map(({ file, detail }) => [reason, `Report \`${file}\`: ${detail}.`] as const)),
    ...missed.map(({ name, wanted, measured }) => ['thresholds-missed', `\`${name}\` is ${measured}, and ${wanted} is wanted.`] as const),
    ...(changed.length === 0 ? [] : [['tree-changed', `The commands have changed ${shownFiles(changed)}.`] as const]),
  ]
  const [first] = found
  if (first === undefined) return { reason: recorded ? 'passed' : 'passed-unrecorded', message: passedText(facts) }
  const lines = found.slice(0, MOST_TOLD).map(([, text]) => text)
  const left = found.length - lines.length
  return { reason: first[0], message: [...lines, ...(left === 0 ? [] : [`And ${left} more problems.`])].join(' ') }
}

function told(name: string, ended: string): string {
  return ended.startsWith('not run') ? `\`${name}\` was ${ended}` : `\`${name}\` ended ${ended}.`
}

function passedText({ ran = [], criteria = [], evidence, commit }: Facts): string {
  const { tests } = evidence?.measured ?? {}
  const parts = [
    `${ran.length} ${ran.length === 1 ? 'command' : 'commands'} ended well`,
    ...(tests === undefined ? [] : [`${testTotals(tests).passed} tests passed`]),
    ...(criteria.length === 0 ? [] : [`${criteria.length} thresholds hold`]),
  ]
  return `${parts.join(', ')}${commit === undefined ? '' : ` for commit ${commit.slice(0, 12)}`}.`
}
