import type { Move, StepFacts } from './climbing.js'
import type { ClimbHeader, EvidenceHeader, EvidenceLine, EvidenceMove, EvidenceOutcome, EvidencePoll, EvidenceStep, SeenCheck, SeenVerdict, WatchHeader } from './evidence.js'
import type { CheckSettings, JudgeSettings, Tolerance } from './judge/index.js'
import { flag, list, number, object, oneOf, optional, record, text, type Decoder } from './local-control/decode.js'
import type { Arm } from './platform.js'
import { strategies, undecidedChoices, type JudgePolicy, type MetricCheck, type RolloutPolicy, type ToleranceSpec } from './rollout.js'
import { sample, yes } from './sample-decode.js'
import { triggerNames } from './trigger.js'
import { before, checkState, reading } from './watch-decode.js'
import { failActions } from './watch-facts.js'

const v: Decoder<2> = (value, at) => {
  if (value !== 2) throw new TypeError(`\`${at}\` should be 2 and is ${JSON.stringify(value) ?? 'not there'}`)
  return value
}

const spec = object<ToleranceSpec>({ relative: number, absolute: number })
const policy = object<JudgePolicy>({
  checks: list(object<MetricCheck>({ metric: oneOf('errors', 'latency', 'business'), name: text, wanted: optional(yes), fail: spec, pass: spec, warmupMs: number })),
  slowerThanMs: optional(number), pollMs: number, alpha: number, beta: number, minCandidateRequests: number,
})
const rollout = object<RolloutPolicy>({
  strategy: oneOf(...strategies), weights: list(number), onUndecided: oneOf(...undecidedChoices), onNoData: oneOf('hold', 'rollback'),
  stepAtLeastMs: number, stepAtMostMs: number, decideWithinMs: number, healthyWithinMs: number, returnAfterMs: number,
})
const tolerance = object<Tolerance>({ r: number, d: number })
const judge = object<JudgeSettings>({
  checks: list(object<CheckSettings>({ name: text, weight: number, fail: tolerance, pass: tolerance, warmupSeconds: number, wanted: optional(yes) })),
  alpha: number, beta: number, horizonBlocks: number, minEvidenceBlocks: number, minBadEvents: number, minCanaryRequests: number, holdFactor: number,
  maxSeconds: number, noDataExpected: number, noDataSeconds: number, passCeiling: number, dispFloor: number, dispPrior: number, dispPriorWeight: number,
  dispShare: number, dispChiMax: number, dispMax: number, dispMemory: number, dispScales: list(number), ciLevel: number,
})
const arm = object<Omit<Arm, 'reach'>>({ name: oneOf('stable', 'candidate'), identity: text, labels: record(text) })

const nats: Decoder<number | null> = (value, at) => (value === null ? null : number(value, at))
const totals = object<SeenCheck['stable']>({ requests: number, bad: number })
const verdict = object<SeenVerdict>({
  decision: text, lean: text, logEFail: nats, logEPass: nats,
  checks: list(object<SeenCheck>({ name: text, logEFail: nats, logEPass: nats, dispersion: number, blocks: number, stable: totals, candidate: totals, allowedBad: number })),
})

const facts = object<StepFacts>({
  heldMs: number, elapsedMs: number, candidateRequestsInStep: number, silentMs: number, sourceEveryMs: optional(number), candidate: optional(oneOf('healthy', 'unhealthy', 'gone', 'out-of-sight')), weightHolds: flag,
})

/** Whatever it was: what a newer version can decide beside this is not refused, only found to differ. */
const move: Decoder<Move> = (value, at) => {
  object<{ kind: string; reason?: string; decided?: boolean }>({ kind: text, reason: optional(text), decided: optional(flag) })(value, at)
  // The kind and what belongs to it are compared with what is computed, never acted on.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as Move
}

const release = object<EvidenceHeader['release']>({ version: text, commit: text })
const headed = { type: oneOf('header'), v, at: number, delivery: text, app: text, environment: text, release, previous: optional(text), suite: text, source: text, policy } as const
const kind = object<{ kind?: string }>({ kind: optional(text) })
const climbed = object<ClimbHeader>({ ...headed, kind: optional(oneOf('climb')), arms: object<ClimbHeader['arms']>({ stable: optional(arm), candidate: arm }), rollout, judge })
const watched = object<WatchHeader>({
  ...headed, kind: oneOf('watch'), watch: object<WatchHeader['watch']>({ forMs: number, everyMs: number, onFail: oneOf(...failActions) }), since: number, arm, before, judge: optional(judge),
  from: object<WatchHeader['from']>({
    state: optional(object<NonNullable<WatchHeader['from']['state']>>({ start: nats, checks: list(checkState) })),
    base: optional(object<NonNullable<WatchHeader['from']['base']>>({ at: number, reading })),
  }),
})

const decoders: { readonly [T in EvidenceLine['type']]: Decoder<Extract<EvidenceLine, { type: T }>> } = {
  header: (value, at) => (kind(value, at).kind === 'watch' ? watched(value, at) : climbed(value, at)),
  step: object<EvidenceStep>({ type: oneOf('step'), at: number, weight: number }),
  poll: object<EvidencePoll>({ type: oneOf('poll'), at: number, weight: number, sample, verdict: optional(verdict) }),
  move: object<EvidenceMove>({ type: oneOf('move'), at: number, weight: number, facts: optional(facts), alarm: optional(object<NonNullable<EvidenceMove['alarm']>>({ name: oneOf(...triggerNames), detail: text })), move }),
  outcome: object<EvidenceOutcome>({ type: oneOf('outcome'), at: number, ok: flag, reason: text, message: text }),
}

const typed = object<{ type: EvidenceLine['type'] }>({ type: oneOf('header', 'step', 'poll', 'move', 'outcome') })

export interface NumberedLine {
  /** From 1, as editors count. */
  readonly number: number
  readonly entry: EvidenceLine
}

export interface EvidenceProblem {
  readonly line: number
  readonly message: string
}

export interface DecodedEvidence {
  readonly lines: readonly NumberedLine[]
  /** All that is wrong, in the order of the lines. */
  readonly problems: readonly EvidenceProblem[]
  /** The last line, where it was not written to its end: the run was killed there. */
  readonly cut?: number
}

/** Every line of a file, and everything that does not fit. */
export function decodeEvidence(source: string): DecodedEvidence {
  const rows = source.split('\n')
  // What follows the last line end: nothing, or what a killed run left.
  const rest = rows.pop() ?? ''
  const lines: NumberedLine[] = []
  const problems: EvidenceProblem[] = []
  for (const [index, row] of rows.entries()) {
    const found = decodeLine(row)
    if ('entry' in found) lines.push({ number: index + 1, entry: found.entry })
    else if (!isWatch(lines[0]?.entry) || !isCut(row, rows[index + 1])) problems.push({ line: index + 1, message: found.message })
  }
  return { lines, problems: [...problems, ...orderProblems(lines, problems, rows.length)].toSorted((a, b) => a.line - b.line), ...(rest === '' ? {} : { cut: rows.length + 1 }) }
}

function decodeLine(row: string): { readonly entry: EvidenceLine } | { readonly message: string } {
  let value: unknown
  try {
    value = JSON.parse(row)
  } catch {
    return { message: `it is not JSON: "${row.slice(0, 60)}"` }
  }
  if (isFirstFormat(value)) return { message: 'it is of the first format, which does not say what the judge was told' }
  try {
    return { entry: decoders[typed(value, 'line').type](value, 'line') }
  } catch (thrown) {
    return { message: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}

/** A watcher that was killed may have left half a line; the next one begins a new line, with a header. */
function isCut(row: string, next: string | undefined): boolean {
  return next?.startsWith('{"type":"header",') === true && !row.endsWith('}')
}

/** Written before files had a first line of their own. */
function isFirstFormat(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Reflect.get(value, 'v') === 1 && Reflect.get(value, 'type') === undefined
}

/**
 * A header and nothing before it, polls at the weight that the step before them set, and nothing after the outcome. A watch is of one
 * weight, and whoever goes on with it begins with a header of its own.
 */
function orderProblems(lines: readonly NumberedLine[], found: readonly EvidenceProblem[], count: number): readonly EvidenceProblem[] {
  const problems: EvidenceProblem[] = []
  const first = lines[0]?.entry
  if (first?.type !== 'header' && !found.some(({ line }) => line === 1)) problems.push({ line: 1, message: count === 0 ? 'there is no whole line' : 'it should be the header' })
  const watch = isWatch(first)
  let weight = watch ? 100 : undefined
  for (const [index, { number: line, entry }] of lines.entries()) {
    const goesOn = index > 0 && watch && isWatch(entry)
    if (lines[index - 1]?.entry.type === 'outcome' && !goesOn) problems.push({ line, message: 'it comes after the outcome, which is the last line' })
    if (entry.type === 'header' && index > 0 && !goesOn) problems.push({ line, message: 'it is a second header' })
    if (entry.type === 'step') weight = entry.weight
    if ((entry.type === 'poll' || entry.type === 'move') && entry.weight !== weight) problems.push({ line, message: `it is at ${entry.weight} %, and ${weight === undefined ? 'no step was begun' : `the step before it set ${weight} %`}` })
    if (entry.type === 'move' && entry.facts === undefined && first?.type === 'header' && !watch) problems.push({ line, message: '`line.facts` should be an object and is undefined' })
  }
  return problems
}

function isWatch(entry: EvidenceLine | undefined): boolean {
  return entry?.type === 'header' && entry.kind === 'watch'
}
