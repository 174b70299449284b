import { keptAt, type Chronicle } from '../../core/delivery/chronicle.js'
import type { CheckReport } from '../../core/delivery/checks.js'
import { tagRows } from '../../core/delivery/environment-tag.js'
import { diagnosisParts, factsTable, overruledRows } from '../../core/delivery/report.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { RollbackChoice } from '../../core/domain/eligibility.js'
import type { Overruled } from '../../core/domain/history.js'
import type { Diagnosis } from '../../core/domain/platform.js'
import type { SchemaChoice } from '../../core/domain/schema-choices.js'
import { servingImage, type Release } from '../../core/domain/release.js'
import type { RollbackRequest } from './flow.js'
import { reasons, type Reason, type RollbackOutcome } from './outcome.js'

/** What was found and done so far, for the outcome. */
export interface Facts {
  readonly previous?: Release
  readonly target?: Release
  /** Who else wanted it, where one person may not decide. */
  readonly second?: string
  readonly overruled?: Overruled
  readonly choices?: readonly RollbackChoice[]
  /** What can be done where the schema is in the way. */
  readonly ways?: readonly SchemaChoice[]
  readonly deployment?: string
  readonly chronicle?: Chronicle
  readonly served?: string
  /** From the start to the old release serving everything (ms). */
  readonly tookMs?: number
  readonly diagnosis?: Diagnosis | undefined
  readonly checks?: CheckReport
  readonly lastLines?: readonly string[]
  /** Name that the replaced database is kept under. */
  readonly keptDatabase?: string
  readonly healed?: readonly string[]
  readonly tags?: readonly string[]
}

const GREEN: readonly Reason[] = ['rolled-back', 'candidate-abandoned', 'planned']

export function outcome(request: RollbackRequest, reason: Reason, message: string, facts: Facts): RollbackOutcome {
  const name = request.environment.name
  return {
    ok: GREEN.includes(reason),
    reason,
    message,
    outputs: {
      deployment: facts.deployment ?? '',
      record: keptAt(facts.chronicle),
      version: facts.served ?? '',
      previous: facts.previous?.version ?? '',
      seconds: facts.tookMs === undefined ? '' : (facts.tookMs / 1000).toFixed(3),
      database: facts.keptDatabase ?? '',
    },
    summary: {
      title: `Roll ${name} back: ${reason}`,
      parts: [
        { kind: 'text', text: `${reasons[reason]} ${message}` },
        factsTable([
          ['Serves now', facts.served ?? 'not observed'],
          ['Served before', facts.previous?.version ?? 'nothing'],
          ['Image', facts.target === undefined ? 'none' : servingImage(facts.target)],
          ['Took', facts.tookMs === undefined ? 'not done' : readableDuration(facts.tookMs)],
          ['Why', request.because ?? 'not said'],
          ...(facts.second === undefined ? [] : [['Second person', facts.second] as const]),
          ...tagRows(facts.tags),
          ...overruledRows(facts.overruled),
          ['Record', facts.deployment ?? 'none'],
          ...(facts.keptDatabase === undefined ? [] : [['Replaced database kept as', facts.keptDatabase] as const]),
        ]),
        ...(facts.healed ?? []).map((text) => ({ kind: 'text' as const, text })),
        ...(facts.ways?.length ? [waysTable(facts.ways)] : []),
        ...(facts.choices?.length ? [choicesTable(facts.choices)] : []),
        ...(facts.checks === undefined ? [] : [{
          kind: 'table' as const,
          title: 'Checks',
          columns: ['Check', 'State', 'Observed'],
          rows: facts.checks.results.map((result) => [result.name, result.state, result.findings.join('; ')]),
        }]),
        ...(facts.lastLines?.length ? [{ kind: 'details' as const, title: 'Last lines of the command', text: facts.lastLines.join('\n') }] : []),
        ...diagnosisParts(facts.diagnosis),
      ],
    },
  }
}

function waysTable(ways: readonly SchemaChoice[]): RollbackOutcome['summary']['parts'][number] {
  return {
    kind: 'table', title: 'What can be done', columns: ['Way', 'Inputs of rollback', 'What it does'],
    rows: ways.map(({ way, inputs, means }) => [way, Object.entries(inputs).map(([name, value]) => `${name}: ${value}`).join('; ') || 'none: deliver', means]),
  }
}

function choicesTable(choices: readonly RollbackChoice[]): RollbackOutcome['summary']['parts'][number] {
  return {
    kind: 'table',
    title: 'What can be brought back',
    columns: ['Version', 'Last served', 'Can it?', 'Image'],
    rows: choices.map((choice) => [
      choice.release.version,
      choice.servedAt === undefined ? 'unknown' : new Date(choice.servedAt).toISOString(),
      choice.eligible ? 'yes' : `no: ${choice.obstacles.join(', ')}`,
      servingImage(choice.release),
    ]),
  }
}
