import type { CheckReport } from '../../core/delivery/checks.js'
import { factsTable } from '../../core/delivery/report.js'
import type { CheckResult } from '../../core/domain/check.js'
import { readableDuration } from '../../core/domain/duration.js'
import { junitXml, type JUnitCase } from '../../core/domain/junit.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import type { Integrated } from './integration.js'
import { reasons, type Reason, type SmokeOutcome } from './outcome.js'
import type { SmokeRequest } from './request.js'
import type { Soaked } from './soak.js'

/** What was found out so far. */
export interface Findings {
  readonly startedAt: number
  readonly report?: CheckReport
  readonly served?: string | undefined
  readonly integration?: Integrated
  readonly soaked?: Soaked
}

const GREEN: readonly Reason[] = ['passed', 'passed-degraded', 'soaked-unsuspected']

export function outcome(request: SmokeRequest, reason: Reason, message: string, found: Findings): SmokeOutcome {
  const { checks, junit = '' } = request
  const results = found.report?.results ?? []
  const count = (state: CheckResult['state']): string => String(results.filter((result) => result.state === state).length)
  return {
    ok: GREEN.includes(reason),
    reason,
    message,
    outputs: { 'served-version': found.served ?? '', passed: count('passed'), degraded: count('degraded'), failed: count('failed'), junit },
    summary: {
      title: `Smoke test of ${checks.url}: ${reason}`,
      parts: [
        { kind: 'text', text: `${reasons[reason]} ${message}` },
        factsTable([
          ['Serves', found.served ?? 'not observed'],
          ...(checks.version === undefined ? [] : [['Should serve', checks.version] as const]),
          ['Address', checks.url],
          ['Integration tests', found.integration?.message ?? 'not run'],
          ['Soak', found.soaked?.message ?? 'not done'],
        ]),
        ...checkParts(found.report),
        ...soakParts(found.soaked),
        ...(found.integration?.lastLines.length ? [{ kind: 'details' as const, title: 'Last lines of the integration tests', text: found.integration.lastLines.join('\n') }] : []),
      ],
    },
  }
}

function checkParts(report: CheckReport | undefined): readonly SummaryPart[] {
  if (report === undefined) return []
  const rows = report.results.map((result) => [result.name, result.state, String(result.attempts), `${Math.round(result.elapsedMs)} ms`, result.findings.join('; ')])
  const notRun = report.notRun.map((name) => [name, 'not run', '0', '', 'the version was wrong'])
  const degraded = report.results.filter(({ state }) => state === 'degraded').flatMap(({ findings }) => findings)
  return [
    { kind: 'table', title: 'Checks', columns: ['Check', 'State', 'Attempts', 'Took', 'Observed'], rows: [...rows, ...notRun] },
    ...(degraded.length === 0 ? [] : [{ kind: 'text' as const, text: `Degraded: ${degraded.join('; ')}.` }]),
  ]
}

function soakParts(soaked: Soaked | undefined): readonly SummaryPart[] {
  if (soaked?.verdict === undefined) return []
  const { verdict } = soaked
  return [{
    kind: 'table',
    title: `Soak: ${verdict.decision} (lean ${verdict.lean}) after ${soaked.rounds} rounds in ${readableDuration(soaked.tookMs)}`,
    columns: ['Source', 'Bad', 'Seen', 'Allowed', 'Evidence against (fails at)', 'Evidence for (passes at)'],
    rows: verdict.checks.map(({ name, totals, allowedBad, logEFail, logEPass }) => [
      name, String(Math.round(totals.candidate.bad)), String(Math.round(totals.candidate.requests)), allowedBad.toFixed(1),
      `${logEFail.toFixed(1)} (${verdict.thresholds.fail.toFixed(1)})`, `${logEPass.toFixed(1)} (${verdict.thresholds.pass.toFixed(1)})`,
    ]),
  }]
}

/** Everything that was run as a JUnit file, and what was not run as skipped. */
export function junitOf(request: SmokeRequest, { startedAt, report, integration, soaked }: Findings): string {
  const cases: JUnitCase[] = (report?.results ?? []).map(({ name, state, findings, elapsedMs }) => ({
    name, seconds: elapsedMs / 1000, state: state === 'failed' ? 'failed' : 'passed', text: findings.join('\n'),
  }))
  const notRun = report === undefined ? request.checks.checks.map(({ name }) => name) : report.notRun
  cases.push(...notRun.map((name): JUnitCase => ({ name, seconds: 0, state: 'skipped', text: 'not run' })))
  if (integration !== undefined) {
    const text = integration.ok ? integration.message : [integration.message, ...integration.lastLines].join('\n')
    cases.push({ name: 'integration tests', seconds: integration.elapsedMs / 1000, state: integration.ok ? 'passed' : 'failed', text })
  }
  if (soaked !== undefined) {
    const bad = soaked.end === 'failed' || soaked.end === 'undecided'
    cases.push({ name: 'soak', seconds: soaked.tookMs / 1000, state: bad ? 'failed' : 'passed', text: soaked.message })
  }
  return junitXml({ name: `smoke test of ${request.checks.url}`, startedAt, cases })
}
