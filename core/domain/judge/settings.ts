import type { Tolerance } from './factor.js'

/** One thing that is compared between the arms: errors, slow answers, … */
export interface CheckSpec {
  readonly name: string
  /** Share of the FAIL evidence, relative to the other checks. Default 1. */
  readonly weight?: number
  /** More than this fails the candidate. */
  readonly fail: Tolerance
  /** Less than this passes it. Default: the same as `fail`. */
  readonly pass?: Tolerance
  /** Seconds from the first poll during which this check learns nothing. Default 0. */
  readonly warmupSeconds?: number
  /**
   * What is counted is wanted, orders for one: too few of it fail the candidate, where too many bad requests would. The arms change places in the
   * evidence, and in the tolerances: the stable arm's rate must not be above `r` times the candidate's, and `d`.
   */
  readonly wanted?: true
}

/** Numbers of the judge that are not per check (judge specification, "Interfaces"). Times in seconds. */
export interface JudgeTuning {
  /** P(FAIL of a candidate within tolerance), over the whole rollout. */
  readonly alpha: number
  /** P(PASS of a candidate beyond tolerance). */
  readonly beta: number
  /** Number of blocks over which a late start of a regression is expected; see `horizonBlocks()`. */
  readonly horizonBlocks: number
  /** No fewer blocks than this bring a metric to its threshold. */
  readonly minEvidenceBlocks: number
  readonly minBadEvents: number
  readonly minCanaryRequests: number
  /** PASS waits while the FAIL evidence is above this part of its threshold. */
  readonly holdFactor: number
  readonly maxSeconds: number
  readonly noDataExpected: number
  readonly noDataSeconds: number
  readonly passCeiling: number
  readonly dispFloor: number
  readonly dispPrior: number
  readonly dispPriorWeight: number
  readonly dispShare: number
  readonly dispChiMax: number
  readonly dispMax: number
  readonly dispMemory: number
  /** Window lengths, in blocks, at which burstiness is estimated. */
  readonly dispScales: readonly number[]
  /** Level of the displayed intervals. */
  readonly ciLevel: number
}

export type JudgeConfig = { readonly checks: readonly CheckSpec[] } & Partial<JudgeTuning>

export type CheckSettings = Required<Omit<CheckSpec, 'wanted'>> & Pick<CheckSpec, 'wanted'>
export type JudgeSettings = { readonly checks: readonly CheckSettings[] } & JudgeTuning

export const JUDGE_DEFAULTS: JudgeTuning = {
  alpha: 0.01,
  beta: 0.05,
  horizonBlocks: 720,
  minEvidenceBlocks: 3,
  minBadEvents: 5,
  minCanaryRequests: 100,
  holdFactor: 0.1,
  maxSeconds: 3600,
  noDataExpected: 20,
  noDataSeconds: 60,
  passCeiling: 3,
  dispFloor: 1,
  dispPrior: 1,
  dispPriorWeight: 3,
  dispShare: 20,
  dispChiMax: 30,
  dispMax: 50,
  dispMemory: 200,
  dispScales: [2, 6, 24],
  ciLevel: 0.95,
}

/** Margins that fit most services: FAIL beyond +10 % + 0.05 pp, PASS within +25 % + 0.5 pp. */
export const PRESET_MARGINS: { readonly fail: Tolerance; readonly pass: Tolerance } = {
  fail: { r: 1.1, d: 0.0005 },
  pass: { r: 1.25, d: 0.005 },
}

/** `horizonBlocks` of a rollout of at most `maxSeconds`, polled every `pollSeconds`. */
export function horizonBlocks(maxSeconds: number, pollSeconds: number): number {
  return Math.max(2, Math.ceil(maxSeconds / pollSeconds))
}

/** The config with its defaults filled in, keys always in the same order. Does not validate. */
export function fillDefaults({ checks, ...tuning }: JudgeConfig): JudgeSettings {
  return {
    checks: checks.map(({ name, weight = 1, fail, pass = fail, warmupSeconds = 0, wanted }) => ({
      name,
      weight,
      fail: { r: fail.r, d: fail.d },
      pass: { r: pass.r, d: pass.d },
      warmupSeconds,
      // Absent rather than false: what was written before there were such checks is the same as now.
      ...(wanted === undefined ? {} : { wanted }),
    })),
    ...JUDGE_DEFAULTS,
    ...tuning,
  }
}
