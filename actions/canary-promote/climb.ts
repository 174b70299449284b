import type { Alarm } from '../../core/delivery/alarms.js'
import type { Evidence } from '../../core/delivery/evidence.js'
import { sleepOrFire, type Lookout } from '../../core/delivery/lookout.js'
import { awaited } from '../../core/delivery/patience.js'
import type { DeliveryPorts, DeliveryRequest } from '../../core/delivery/request.js'
import { WORD_MS } from '../../core/delivery/turn.js'
import type { Delivery } from '../../core/delivery/work.js'
import { spentOf, type BudgetFound } from '../../core/domain/budget-gate.js'
import { decideMove, type Move, type StepFacts } from '../../core/domain/climbing.js'
import { createJudge, type CheckVerdict, type Judge, type JudgeVerdict } from '../../core/domain/judge/index.js'
import { allowedText, badWord, candidateShare, judgeConfig, judgeSample } from '../../core/domain/judging.js'
import type { Arm, Arms, Observed } from '../../core/domain/platform.js'
import type { MetricCheck } from '../../core/domain/rollout.js'
import type { NoData, Sample } from '../../core/domain/sample.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Metrics } from '../../core/ports/metrics.js'
import { describePoll } from './report.js'

/** One poll, as the summary's chart and the evidence file show it. */
export interface TrackPoint {
  readonly at: number
  readonly weight: number
  readonly sample: Sample | NoData
}

/** How far the candidate got and what the judge says of it; grows as it climbs, so that it tells of an interrupted climb too. */
export interface Climbed {
  readonly track: TrackPoint[]
  weight: number
  verdict?: JudgeVerdict
  /** Neither it nor what serves was well, which speaks against neither. */
  outOfSight?: true
  /** The trigger that sent it back. */
  alarm?: Alarm
  /** How it ended; absent when it was interrupted. */
  end?: Exclude<Move, { kind: 'stay' }>
}

export interface ClimbTask {
  readonly request: DeliveryRequest
  readonly ports: DeliveryPorts & { readonly metrics: Metrics }
  readonly delivery: Delivery
  readonly arms: Arms
  /** Where every poll is written down. */
  readonly evidence: Evidence
  readonly climbed: Climbed
  readonly budgets: readonly BudgetFound[]
  readonly lookout: Lookout
}

interface Climb extends ClimbTask {
  readonly judge: Judge
  readonly startedAt: number
  lastSampleAt: number
  returnsAt: number
  askedAt: number
}

/**
 * Raises the candidate weight by weight; one judge for all steps, its evidence never forgotten.
 * Rejects when the signal of the delivery's hold aborts: traffic is then still where the last step put it.
 */
export async function climb(task: ClimbTask, ambient: Ambient): Promise<NonNullable<Climbed['end']>> {
  const { climbed } = task
  const { judge: policy, rollout } = task.request.environment
  const judge = createJudge(judgeConfig(policy, rollout))
  await task.evidence.begin(headerOf(task, judge))
  const now = ambient.clock.now()
  const state: Climb = { ...task, judge, startedAt: now, lastSampleAt: now, returnsAt: 0, askedAt: 0 }
  let end: NonNullable<Climbed['end']> = { kind: 'up', decided: false }
  for (const weight of rollout.weights.filter((percent) => percent < 100)) {
    end = await step(state, weight, ambient)
    ambient.tracing?.note({ 'ecluse.weight': weight, 'ecluse.verdict': climbed.verdict?.decision ?? 'none', 'ecluse.polls': climbed.track.filter((point) => point.weight === weight).length }, end.kind === 'back' ? end.reason : undefined)
    if (climbed.verdict !== undefined) await verdictTold(state, weight, climbed.verdict, end, ambient)
    if (end.kind !== 'up') break
  }
  climbed.end = end
  return end
}

async function step(state: Climb, weight: number, ambient: Ambient): Promise<NonNullable<Climbed['end']>> {
  const { delivery, ports, request } = state
  const { signal } = delivery.hold
  signal.throwIfAborted()
  ambient.log.step(`${weight} % of the traffic to ${request.release.version}`)
  await extendReturn(state, ambient)
  state.climbed.weight = weight
  await delivery.doing('shift', () => ports.platform.shift(weight), { weight })
  state.judge.markStep()
  await state.evidence.step(weight)
  const began = ambient.clock.now()
  let before: number | undefined
  let due = began
  for (;;) {
    await sleepOrFire(due, () => glanceFor(state) !== undefined, { clock: ambient.clock, signal: delivery.hold.signal })
    await extendReturn(state, ambient)
    const sample = await poll(state, weight, ambient)
    due = nextPoll(due, sample, request.environment.judge.pollMs, ambient.clock.now())
    if (sample.kind === 'sample') before ??= sample.candidate.requests
    const served = sample.kind === 'sample' && before !== undefined ? sample.candidate.requests - before : 0
    const facts = await stepFacts(state, weight, { began, served, sampled: isWhole(sample), sourceEveryMs: sample.everyMs }, ambient)
    if (facts.candidate === 'out-of-sight') state.climbed.outOfSight = true
    ambient.log.progress(describePoll(request, weight, facts, sample, state.climbed.verdict))
    // Whatever a trigger asks, no poll waits for it.
    const alarm = glanceFor(state)
    const { judge, rollout } = request.environment
    const move = decideMove(state.climbed.verdict, facts, rollout, judge, alarm?.name)
    if (alarm !== undefined && move.kind === 'back' && move.reason === alarm.name) state.climbed.alarm = alarm
    const written = state.evidence.move(weight, facts, move, alarm)
    // Users do not wait for it either, nor does the reason fall with it.
    await (move.kind === 'back' ? awaited(written, WORD_MS, 'The move is not in the evidence', ambient) : written)
    if (move.kind !== 'stay') return move
  }
}

function glanceFor({ lookout, request, startedAt }: Climb): Alarm | undefined {
  return lookout.glance({ version: request.release.version, since: startedAt, alone: false })
}

/** By its own pace, or when the source says that it has something new, whichever is sooner; never twice for the same. */
function nextPoll(due: number, { nextAt }: Sample | NoData, pollMs: number, now: number): number {
  const usual = due + pollMs
  return nextAt === undefined || nextAt <= now || nextAt > usual ? usual : nextAt
}

function isWhole(sample: Sample | NoData): boolean {
  return sample.kind === 'sample' && sample.missing === undefined
}

async function poll(state: Climb, weight: number, ambient: Ambient): Promise<Sample | NoData> {
  const { judge } = state.request.environment
  const { climbed } = state
  const sample = await state.ports.metrics.read(state.arms)
  if (sample.kind === 'sample') {
    // What is there is judged, and can fail the release; what is missing keeps it from going up.
    if (isWhole(sample)) state.lastSampleAt = ambient.clock.now()
    climbed.verdict = state.judge.observe(sample.at / 1000, judgeSample(judge.checks, sample), candidateShare(sample, weight))
  }
  climbed.track.push({ at: sample.at, weight, sample })
  if (sample.kind === 'sample') spend(state, sample)
  const { verdict } = climbed
  const { provenance: _, ...counted } = sample
  state.delivery.chronicle.polls.push({ weight, sample: counted, ...(verdict === undefined ? {} : { decision: verdict.decision, lean: verdict.lean }) })
  await state.evidence.poll(weight, sample, verdict)
  return sample
}

/** Told with the record, however the climb ends. */
function spend({ delivery, request, budgets, climbed }: Climb, { candidate }: Sample): void {
  const first = climbed.track.find(({ sample }) => sample.kind === 'sample')?.sample
  if (first?.kind === 'sample') delivery.chronicle.budgets = spentOf(budgets, first.candidate, candidate, request.environment.judge.slowerThanMs)
}

/** The way to it is of this machine. */
function toldOf({ name, identity, labels }: Arm): Omit<Arm, 'reach'> {
  return { name, identity, labels }
}

function headerOf({ request: { environment, release }, ports, delivery, arms }: ClimbTask, judge: Judge): Parameters<Evidence['begin']>[0] {
  const { app, name, judge: policy, rollout } = environment
  const { previous } = delivery.intent
  const [candidate, stable] = [toldOf(arms.candidate), arms.stable && toldOf(arms.stable)]
  return {
    delivery: delivery.id, app, environment: name, release: { version: release.version, commit: release.commit }, ...(previous === undefined ? {} : { previous: previous.version }),
    source: ports.metrics.name, arms: { ...(stable === undefined ? {} : { stable }), candidate }, policy, rollout, judge: judge.snapshot().settings,
  }
}

async function stepFacts(state: Climb, weight: number, so: { readonly began: number; readonly served: number; readonly sampled: boolean; readonly sourceEveryMs: number | undefined }, ambient: Ambient): Promise<StepFacts> {
  const now = ambient.clock.now()
  // Writing the evidence down takes a moment too: a source that answered this poll was not silent meanwhile.
  const silentMs = so.sampled ? 0 : now - state.lastSampleAt
  const facts = { heldMs: now - so.began, elapsedMs: now - state.startedAt, candidateRequestsInStep: so.served, silentMs, ...(so.sourceEveryMs === undefined ? {} : { sourceEveryMs: so.sourceEveryMs }), weightHolds: true }
  // The platform is asked less often than the metrics: it may be remote, and each question a request to its API.
  if (now - state.askedAt < Math.max(1000, state.request.environment.judge.pollMs)) return facts
  state.askedAt = now
  const observed = await state.ports.platform.observe()
  return { ...facts, candidate: seenOf(observed), weightHolds: observed.weight === weight }
}

function seenOf({ stable, candidate }: Observed): NonNullable<StepFacts['candidate']> {
  if (candidate === undefined) return 'gone'
  if (candidate.healthy) return 'healthy'
  return stable?.healthy === false ? 'out-of-sight' : 'unhealthy'
}

/** Pushes the platform's own deadline ahead, so that traffic goes back by itself when this process is no more. */
async function extendReturn(state: Climb, ambient: Ambient): Promise<void> {
  const { platform } = state.ports
  const { returnAfterMs } = state.request.environment.rollout
  const now = ambient.clock.now()
  if (!platform.capabilities.deadMan || state.returnsAt - now > (returnAfterMs * 2) / 3) return
  state.returnsAt = now + returnAfterMs
  await platform.returnAt(state.returnsAt)
}

/** Users do not wait for the record of what speaks against the release, nor does the verdict fall with it. */
async function verdictTold(state: Climb, weight: number, verdict: JudgeVerdict, end: Move, ambient: Ambient): Promise<void> {
  const told = recordVerdict(state, weight, verdict)
  await (end.kind === 'back' ? awaited(told, WORD_MS, 'The verdict was not recorded', ambient) : told)
}

async function recordVerdict({ delivery, request }: Climb, weight: number, verdict: JudgeVerdict): Promise<void> {
  const { checks } = request.environment.judge
  const totals = verdict.checks[0]?.totals.candidate
  await delivery.judged({
    weight,
    decision: verdict.decision,
    lean: verdict.lean,
    requests: totals?.requests ?? 0,
    errors: totals?.bad ?? 0,
    detail: verdict.checks.map((check) => checkText(check, checks)).join('; '),
  })
}

/** `errors: 0 of 400 bad, 4.0 allowed`: what nobody asked for was not good either. */
function checkText(check: CheckVerdict, checks: readonly MetricCheck[]): string {
  const { name, totals: { candidate: { bad, requests } } } = check
  return requests === 0 ? `${name}: no request was measured` : `${name}: ${bad} of ${requests}${badWord(checks, name)}, ${allowedText(checks, check)} allowed`
}
