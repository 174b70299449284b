import { keptAt, type Chronicle } from '../../core/delivery/chronicle.js'
import { spentText, type BudgetSpent } from '../../core/domain/budget-gate.js'
import { diagnosisParts, factsTable } from '../../core/delivery/report.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import type { BackSeen } from '../../core/delivery/bring-back.js'
import type { Cause } from '../../core/domain/vigil.js'
import type { Watch } from '../../core/domain/watch-record.js'
import { reasons, type Reason, type WatchOutcome } from './outcome.js'
import type { Session, WatchRequest } from './session.js'

/** What was found and done, for the outcome. */
export interface Facts {
  readonly watch?: Watch
  readonly session?: Session
  readonly cause?: Cause
  readonly back?: BackSeen
  readonly chronicle?: Chronicle
  readonly budgets?: readonly BudgetSpent[]
}

const GREEN: readonly Reason[] = ['watched', 'watched-unsuspected', 'still-watching', 'watched-elsewhere', 'nothing-to-watch', 'first-release', 'not-configured', 'released-again']

export function outcome({ environment, policy }: WatchRequest, reason: Reason, message: string, { watch, session, cause, back, budgets = [] }: Facts): WatchOutcome {
  const until = watch === undefined ? undefined : watch.startedAt + policy.forMs
  const { verdict } = session ?? {}
  return {
    ok: GREEN.includes(reason),
    reason,
    message,
    outputs: {
      version: watch?.release.version ?? '',
      until: until === undefined ? '' : new Date(until).toISOString(),
      cause: cause ?? '',
      verdict: verdict === undefined ? '' : verdict.decision === 'PASS' ? 'pass' : verdict.decision === 'FAIL' ? 'fail' : 'unknown',
      requests: verdict === undefined ? '' : String(Math.max(...verdict.checks.map(({ totals }) => totals.candidate.requests))),
      serves: back === undefined ? (watch?.release.version ?? '') : (back.served ?? ''),
      deployment: back?.deployment ?? '',
      record: keptAt(back?.chronicle),
      evidence: session?.notes.path() ?? '',
    },
    summary: {
      title: `Watch ${watch?.release.version ?? 'what serves'} in ${environment.name}: ${reason}${cause === undefined ? '' : `, ${cause}`}`,
      parts: [
        { kind: 'text', text: `${reasons[reason]} ${message}` },
        factsTable([
          ['Watched', watch?.release.version ?? 'nothing'],
          ['Has all traffic since', watch === undefined ? '' : new Date(watch.startedAt).toISOString()],
          ['Window', `${readableDuration(policy.forMs)}${until === undefined ? '' : `, until ${new Date(until).toISOString()}`}`],
          ['When evidence speaks against it', policy.onFail],
          ...(cause === undefined ? [] : [['Cause', cause] as const]),
          ...budgets.map((one) => ['Error budget used since then', spentText(one)] as const),
          ...(back === undefined ? [] : [['Serves now', back.served ?? 'not observed'] as const, ['Record', back.deployment] as const]),
        ]),
        ...(session === undefined ? [] : sessionParts(session)),
        ...diagnosisParts(back?.diagnosis),
      ],
    },
  }
}

function sessionParts({ verdict, before, against, unknown, unwatched, lookout }: Session): readonly SummaryPart[] {
  const rows = against.checks.map(({ name, fail }) => {
    const [past, check] = [before[name], verdict?.checks.find((one) => one.name === name)]
    const evidence = check === undefined || verdict === undefined ? '' : `${check.logEFail.toFixed(2)} (${verdict.thresholds.fail.toFixed(2)})`
    return [name, past === undefined ? 'a ceiling' : share(past.bad, past.requests), `${(100 * fail.absolute).toFixed(3)} %`, check === undefined ? 'nothing' : share(check.totals.candidate.bad, check.totals.candidate.requests), evidence]
  })
  const asked = lookout.findings().map(([name, { kind, detail }]) => [name, kind, detail])
  return [
    ...(rows.length === 0 ? [] : [{ kind: 'table' as const, title: 'Against what the release before had', columns: ['Check', 'Bad before', 'Allowed now', 'Bad now', 'Evidence against (fails at)'], rows }]),
    ...(unknown.length === 0 ? [] : [{ kind: 'text' as const, text: `Not watched, because nothing is known of it from before: ${unknown.join(', ')}.` }]),
    ...(unwatched.length === 0 ? [] : [{ kind: 'text' as const, text: `Not watched, because it is only ever compared with a release that serves beside (canary-promote does): ${unwatched.join(', ')}.` }]),
    ...(asked.length === 0 ? [] : [{ kind: 'table' as const, title: 'Triggers', columns: ['Trigger', 'Found', 'Detail'], rows: asked }]),
  ]
}

export function share(bad: number, requests: number): string {
  return requests === 0 ? 'no requests' : `${Math.round(bad)} of ${Math.round(requests)} (${((100 * bad) / requests).toFixed(2)} %)`
}

/** Where nothing is to be watched, and that is as it should be. */
export function unasked(environment: string): WatchOutcome {
  const message = `\`${environment}\` has no \`watch\`.`
  return {
    ok: true,
    reason: 'not-configured',
    message,
    outputs: { version: '', until: '', cause: '', verdict: '', requests: '', serves: '', deployment: '', record: '', evidence: '' },
    summary: { title: `Watch ${environment}: not-configured`, parts: [{ kind: 'text', text: `${reasons['not-configured']} ${message}` }] },
  }
}
