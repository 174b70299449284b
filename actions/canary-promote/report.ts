import { keptAt, type Chronicle } from '../../core/delivery/chronicle.js'
import { tagRows } from '../../core/delivery/environment-tag.js'
import { budgetRows, findingParts } from '../../core/delivery/evidence-report.js'
import type { Lookout } from '../../core/delivery/lookout.js'
import { diagnosisParts, factsTable, overruledRows, signedRows } from '../../core/delivery/report.js'
import type { DeliveryRequest } from '../../core/delivery/request.js'
import type { Turned } from '../../core/delivery/turn.js'
import type { Healed } from '../../core/delivery/heal.js'
import type { SignatureCheck } from '../../core/delivery/verify-image.js'
import type { CheckReport } from '../../core/delivery/checks.js'
import type { BudgetFound } from '../../core/domain/budget-gate.js'
import type { StepFacts } from '../../core/domain/climbing.js'
import type { Overruled, SchemaChange } from '../../core/domain/history.js'
import type { JudgeVerdict } from '../../core/domain/judge/index.js'
import { allowedText, badWord, requestsNeeded } from '../../core/domain/judging.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import { servingImage, type Release } from '../../core/domain/release.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { NoData, Sample } from '../../core/domain/sample.js'
import type { Climbed } from './climb.js'
import { evidenceChart } from './chart.js'
import { reasons, type PromoteOutcome, type Reason } from './outcome.js'

/** What was found and done so far, for the outcome. */
export interface Facts {
  readonly plan?: readonly string[]
  readonly healed?: readonly Healed[]
  readonly previous?: Release
  readonly deployment?: string
  readonly chronicle?: Chronicle
  readonly schema?: SchemaChange
  readonly served?: string
  readonly tags?: readonly string[]
  readonly overruled?: Overruled
  readonly signed?: SignatureCheck
  readonly climbed?: Climbed
  readonly budgets?: readonly BudgetFound[]
  readonly lookout?: Lookout
  readonly evidence?: string
  readonly turned?: Turned<Reason>
  readonly checks?: CheckReport
  readonly lastLines?: readonly string[]
}

const GREEN: readonly Reason[] = ['promoted', 'promoted-unsuspected', 'promoted-first', 'switched', 'already-live', 'planned']

export function outcome(request: DeliveryRequest, reason: Reason, message: string, facts: Facts): PromoteOutcome {
  const { environment, release } = request
  const served = facts.served ?? facts.turned?.went.live?.version ?? facts.previous?.version ?? ''
  const verdict = facts.climbed?.verdict
  return {
    ok: GREEN.includes(reason),
    reason,
    message,
    outputs: {
      deployment: facts.deployment ?? '',
      record: keptAt(facts.chronicle),
      url: request.url,
      version: served,
      previous: facts.previous?.version ?? '',
      weight: facts.climbed === undefined ? '' : String(facts.climbed.weight),
      verdict: verdictWord(verdict),
      requests: String(verdict?.checks[0]?.totals.candidate.requests ?? ''),
      evidence: facts.climbed?.track.length ? (facts.evidence ?? '') : '',
    },
    summary: {
      title: `Promote ${release.version} to ${environment.name}: ${reason}`,
      parts: [
        { kind: 'text', text: `${reasons[reason]} ${message}` },
        factsTable([
          ['Serves now', served === '' ? 'nothing' : served],
          ['Served before', facts.previous?.version ?? 'nothing'],
          ['Image', servingImage(release)],
          ...signedRows(facts.signed),
          ...tagRows(facts.tags),
          ['Schema revision', facts.schema === undefined ? 'not read' : `${facts.schema.before} → ${facts.schema.after}`],
          ['Backup', request.receipt ?? 'none given'],
          ['Record', facts.deployment ?? 'none'],
          ...overruledRows(facts.overruled),
          ...budgetRows(facts.budgets, facts.chronicle?.budgets),
          ['Address', request.url],
        ]),
        ...(facts.climbed === undefined ? [] : climbParts(request, facts.climbed)),
        ...findingParts(facts.lookout),
        ...(facts.healed ?? []).map((one) => ({ kind: 'text' as const, text: `Healed delivery ${one.delivery}: ${one.seen}.` })),
        ...checkParts(facts.checks),
        ...(facts.lastLines?.length ? [{ kind: 'details' as const, title: 'Last lines of the command', text: facts.lastLines.join('\n') }] : []),
        ...diagnosisParts(facts.turned?.diagnosis),
        ...(facts.plan === undefined ? [] : [{ kind: 'details' as const, title: 'Plan', text: facts.plan.join('\n') }]),
      ],
    },
  }
}

function verdictWord(verdict: JudgeVerdict | undefined): string {
  return verdict?.decision === 'PASS' ? 'pass' : verdict?.decision === 'FAIL' ? 'fail' : 'unknown'
}

function checkParts(report: CheckReport | undefined): readonly SummaryPart[] {
  if (report === undefined) return []
  const rows = report.results.map((result) => [result.name, result.state, `${Math.round(result.elapsedMs)} ms`, result.findings.join('; ')])
  return [{ kind: 'table', title: 'Checks', columns: ['Check', 'State', 'Took', 'Observed'], rows }]
}

function climbParts(request: DeliveryRequest, climbed: Climbed): readonly SummaryPart[] {
  const { verdict } = climbed
  const synthetic = climbed.track.some(({ sample }) => sample.kind === 'sample' && sample.synthetic)
  const needed = requestsNeeded(request.environment.judge, synthetic ? 50 : climbed.weight, verdict)
  return [
    ...(synthetic ? [{ kind: 'text' as const, text: 'Judged by requests of our own to each release (`judge.metrics.probe`): what users got was not measured.' }] : []),
    evidenceChart(climbed.track, request.environment.judge.checks),
    ...(verdict === undefined ? [] : [{
      kind: 'table' as const,
      title: `Verdict: ${verdict.decision} (lean ${verdict.lean})`,
      columns: ['Check', columnOf('Stable', request), columnOf('Candidate', request), 'Allowed', 'Evidence against (fails at)', 'Evidence for (passes at)', 'Requests seen', 'A pass needs about'],
      rows: verdict.checks.map((check) => [
        check.name,
        share(check.totals.stable.bad, check.totals.stable.requests),
        share(check.totals.candidate.bad, check.totals.candidate.requests),
        allowedText(request.environment.judge.checks, check),
        `${check.logEFail.toFixed(2)} (${verdict.thresholds.fail.toFixed(2)})`,
        `${check.logEPass.toFixed(2)} (${verdict.thresholds.pass.toFixed(2)})`,
        String(check.totals.candidate.requests),
        String(needed.find(({ check: name }) => name === check.name)?.needed ?? 'no amount'),
      ]),
    }]),
  ]
}

/** Events of the user's own are not bad ones, whatever they are. */
function columnOf(arm: string, { environment: { judge: { checks } } }: DeliveryRequest): string {
  return checks.some(({ metric }) => metric === 'business') ? arm : `${arm} bad`
}

export function share(bad: number, requests: number): string {
  return requests === 0 ? 'no requests' : `${bad} of ${requests} (${((100 * bad) / requests).toFixed(2)} %)`
}

/** One line of progress: where the candidate is and what speaks for and against it. */
export function describePoll(request: DeliveryRequest, weight: number, facts: StepFacts, sample: Sample | NoData, verdict: JudgeVerdict | undefined): string {
  const time = readableDuration(facts.heldMs)
  if (sample.kind === 'no-data') return `${weight} % for ${time}: no data, ${sample.cause}: ${sample.detail}`
  const { thresholds } = verdict ?? { thresholds: { fail: 0, pass: 0 } }
  const evidence = verdict === undefined ? '' : `; against ${verdict.logEFail.toFixed(1)} of ${thresholds.fail.toFixed(1)}, for ${verdict.logEPassMin.toFixed(1)} of ${thresholds.pass.toFixed(1)}`
  const first = verdict?.checks[0]
  const [totals, word] = [first?.totals, badWord(request.environment.judge.checks, first?.name)]
  const counts = totals === undefined ? '' : `stable ${totals.stable.bad}/${totals.stable.requests}${word}, ${request.release.version} ${totals.candidate.bad}/${totals.candidate.requests}${word}`
  const own = sample.synthetic ? ' (our own requests)' : ''
  const lacking = (sample.missing ?? []).map(({ name, cause, detail }) => `; nothing of ${name}, ${cause}: ${detail}`).join('')
  return `${weight} % for ${time}: ${counts}${own}${evidence}${lacking}`
}
