import type { Percent } from './platform.js'

export const strategies = ['canary', 'blue-green', 'direct'] as const
export type Strategy = (typeof strategies)[number]

export const undecidedChoices = ['promote-if-unsuspected', 'hold', 'rollback'] as const
export type OnUndecided = (typeof undecidedChoices)[number]

/** How a release is let in. Times in milliseconds. */
export interface RolloutPolicy {
  readonly strategy: Strategy
  /** Rising, the last is 100. */
  readonly weights: readonly Percent[]
  readonly onUndecided: OnUndecided
  /** What to do when the judge sees no samples of the candidate for too long. */
  readonly onNoData: 'hold' | 'rollback'
  /** A step is held at least so long, whatever the judge says. */
  readonly stepAtLeastMs: number
  /** After so long an undecided but unsuspected step goes on (the judge keeps all its evidence). */
  readonly stepAtMostMs: number
  /** The judge's whole time. */
  readonly decideWithinMs: number
  /** Until the candidate must be healthy and identified. */
  readonly healthyWithinMs: number
  /** The dead-man's switch: traffic goes back when the runner was silent for so long. */
  readonly returnAfterMs: number
}

/** Excess over stable that is still allowed: `allowed = relative · stable + absolute`. */
export interface ToleranceSpec {
  /** Factor on the stable arm's rate: 1.1 is +10 %. 0 makes `absolute` a ceiling. */
  readonly relative: number
  /** Fraction of requests: 0.005 is half a percentage point. */
  readonly absolute: number
}

export interface MetricCheck {
  /** `business`: events that the user names, in `ArmCounters.business`. */
  readonly metric: 'errors' | 'latency' | 'business'
  readonly name: string
  /** More of it is better. The tolerances are those of the arms in each other's place: stable's rate against the candidate's. */
  readonly wanted?: true
  readonly fail: ToleranceSpec
  readonly pass: ToleranceSpec
  readonly warmupMs: number
}

/** What the judge looks at and how surely it must know. */
export interface JudgePolicy {
  readonly checks: readonly MetricCheck[]
  /** A request slower than this is a bad one for `latency` checks. */
  readonly slowerThanMs?: number
  readonly pollMs: number
  /** Chance of rolling a good release back. */
  readonly alpha: number
  /** Chance of passing a bad one. */
  readonly beta: number
  readonly minCandidateRequests: number
}

/** What the platform is told before it starts. */
export interface RolloutPlan {
  readonly strategy: Strategy
  readonly weights: readonly Percent[]
  readonly healthyWithinMs: number
}
