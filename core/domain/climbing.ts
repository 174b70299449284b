import type { JudgeVerdict } from './judge/index.js'
import type { JudgePolicy, MetricCheck, RolloutPolicy } from './rollout.js'
import type { TriggerName } from './trigger.js'

/** So many requests of this step the candidate must have served before a pass counts for it. */
export const LEAST_REQUESTS_PER_STEP = 30

/** What is known at one poll of one step. Times in milliseconds. */
export interface StepFacts {
  readonly heldMs: number
  /** Since the first weight. */
  readonly elapsedMs: number
  readonly candidateRequestsInStep: number
  /** Since the source last gave a usable sample of everything that was asked for; 0 when this poll did. */
  readonly silentMs: number
  /** How far apart the source's own readings are, where that is known. */
  readonly sourceEveryMs?: number
  /** What the platform was seen to say; `undefined` when it was not asked at this poll. `out-of-sight`: what serves is not well either, so it may be what stands before both. */
  readonly candidate?: 'healthy' | 'unhealthy' | 'gone' | 'out-of-sight'
  /** The weight in effect is the one that was set. */
  readonly weightHolds: boolean
}

/** What the judge's own checks are called when they send a release back. */
const JUDGED = { errors: 'high-error-rate', latency: 'high-response-time', business: 'business-metric' } as const satisfies Record<MetricCheck['metric'], string>
export type JudgedReason = (typeof JUDGED)[keyof typeof JUDGED]
export const judgedReasons: readonly JudgedReason[] = Object.values(JUDGED)

export type BackReason = JudgedReason | TriggerName | 'failed' | 'candidate-died' | 'weight-changed' | 'no-data' | 'undecided'

export type Move =
  | { readonly kind: 'stay' }
  /** To the next weight. `decided`: the judge passed it; otherwise time passed without suspicion. */
  | { readonly kind: 'up'; readonly decided: boolean }
  /** Straight to 100 %: the judge's time is over and the user chose so. */
  | { readonly kind: 'promote-unsuspected' }
  | { readonly kind: 'back'; readonly reason: BackReason }
  | { readonly kind: 'hold'; readonly reason: 'no-data' | 'undecided' }

/** How long a source may be silent: twelve polls, three of its own readings, and at least ten seconds. */
export function silenceLimitMs(pollMs: number, sourceEveryMs = 0): number {
  return Math.max(10_000, 12 * pollMs, 3 * sourceEveryMs)
}

/** What to do after a poll. Unknown never goes up: only a pass, or unsuspected time with samples, does. */
export function nextMove(verdict: JudgeVerdict | undefined, facts: StepFacts, policy: RolloutPolicy, pollMs: number): Move {
  if (facts.candidate === 'gone' || facts.candidate === 'unhealthy') return { kind: 'back', reason: 'candidate-died' }
  // No evidence against the release, and none for it.
  if (facts.candidate === 'out-of-sight') return { kind: 'back', reason: verdict?.decision === 'FAIL' ? 'failed' : 'no-data' }
  if (!facts.weightHolds) return { kind: 'back', reason: 'weight-changed' }
  if (verdict?.decision === 'FAIL') return { kind: 'back', reason: 'failed' }
  const silent = facts.silentMs >= silenceLimitMs(pollMs, facts.sourceEveryMs) || verdict?.decision === 'NO_DATA'
  if (silent && policy.onNoData === 'rollback') return { kind: 'back', reason: 'no-data' }
  if (facts.elapsedMs >= policy.decideWithinMs) return outOfTime(verdict, silent, policy)
  if (silent || verdict === undefined || facts.silentMs > 0) return { kind: 'stay' }
  return goOn(verdict, facts, policy)
}

function goOn(verdict: JudgeVerdict, facts: StepFacts, policy: RolloutPolicy): Move {
  const enough = facts.heldMs >= policy.stepAtLeastMs && facts.candidateRequestsInStep >= LEAST_REQUESTS_PER_STEP
  if (verdict.decision === 'PASS' && enough) return { kind: 'up', decided: true }
  if (enough && facts.heldMs >= policy.stepAtMostMs && verdict.lean === 'ok' && isMeasured(verdict) && policy.onUndecided === 'promote-if-unsuspected') {
    return { kind: 'up', decided: false }
  }
  return { kind: 'stay' }
}

/** Each check has counted some request of the candidate: what nobody saw is not unsuspected. */
function isMeasured({ checks }: JudgeVerdict): boolean {
  return checks.every(({ totals }) => totals.candidate.requests > 0)
}

function outOfTime(verdict: JudgeVerdict | undefined, silent: boolean, policy: RolloutPolicy): Move {
  const reason = silent || verdict === undefined || !isMeasured(verdict) ? 'no-data' : 'undecided'
  if (policy.onUndecided === 'rollback') return { kind: 'back', reason }
  if (policy.onUndecided === 'hold' || reason === 'no-data') return { kind: 'hold', reason }
  return verdict?.lean === 'ok' ? { kind: 'promote-unsuspected' } : { kind: 'back', reason }
}

/** Checks of a failing verdict that have evidence enough by themselves, in their order: errors come first. */
export function failedChecks({ checks, thresholds }: JudgeVerdict): JudgeVerdict['checks'] {
  const sure = checks.filter(({ logEFailGuarded }) => logEFailGuarded >= thresholds.fail)
  // The merged evidence is a mean, so one of them has enough; rounding aside.
  return sure.length > 0 ? sure : checks.toSorted((a, b) => b.logEFailGuarded - a.logEFailGuarded).slice(0, 1)
}

/** What the check is called that failed a release; `failed` for one that has no name of its own. */
export function failedBy(verdict: JudgeVerdict, checks: readonly MetricCheck[]): JudgedReason | 'failed' {
  const name = failedChecks(verdict)[0]?.name
  if (checks.some((check) => check.name === name && check.metric === 'business')) return JUDGED.business
  const [kind] = name?.split(' ', 1) ?? []
  return kind === 'errors' || kind === 'latency' ? JUDGED[kind] : 'failed'
}

/** By the judge, and by what has fired beside it. */
export function decideMove(verdict: JudgeVerdict | undefined, facts: StepFacts, policy: RolloutPolicy, { pollMs, checks }: Pick<JudgePolicy, 'pollMs' | 'checks'>, alarm?: TriggerName): Move {
  const move = withAlarm(nextMove(verdict, facts, policy, pollMs), alarm)
  return move.kind === 'back' && move.reason === 'failed' && verdict !== undefined ? { kind: 'back', reason: failedBy(verdict, checks) } : move
}

/** A trigger that has fired sends the release back, unless something that is surer does already. */
export function withAlarm(move: Move, alarm: TriggerName | undefined): Move {
  const surer = move.kind === 'back' && move.reason !== 'no-data' && move.reason !== 'undecided'
  return alarm === undefined || surer ? move : { kind: 'back', reason: alarm }
}
