/** How many requests a verdict needs (judge specification, "Planner"). Rates are fractions. */
import type { Tolerance } from './factor.js'

export interface Situation {
  readonly stableRate: number
  readonly candidateRate: number
  readonly tolerance: Tolerance
  /** κ: candidate requests per stable request; see `exposureRatio()`. */
  readonly exposure: number
}

/** The best bet in a situation (`a`, the candidate's factor) and what it earns in nats per candidate request. */
export interface Growth {
  readonly a: number
  readonly nats: number
}

export interface PlanQuestion extends Situation {
  /** Which verdict; `candidateRate` must be beyond the tolerance for `fail`, within it for `pass`. */
  readonly verdict: 'fail' | 'pass'
  /** α for `fail`, β for `pass`. */
  readonly level: number
  /** φ. Default 1. */
  readonly dispersion?: number
}

/** Calibrated by simulation: nats spent on the mixture and on overshoot. */
const OVERHEAD = { fail: 3, pass: 1.5 } as const

/** κ of a candidate that gets the share `weight` (above 0, below 1) of the traffic. */
export function exposureRatio(weight: number): number {
  return weight / (1 - weight)
}

/** The largest possible growth of evidence, for FAIL beyond the tolerance and for PASS within it. */
export function growth({ stableRate, candidateRate, tolerance: { r, d }, exposure }: Situation): Growth {
  const a = bestFactor(stableRate, candidateRate, r, d, exposure)
  const c = 1 - r * exposure * (a - 1)
  const ofCandidate = candidateRate > 0 ? candidateRate * Math.log(a) : 0
  const ofStable = stableRate > 0 && r > 0 ? (stableRate / exposure) * Math.log(c) : 0
  return { a, nats: ofCandidate + ofStable - d * (a - 1) }
}

/** Expected candidate requests until the verdict (mean; the 90th percentile is up to twice as much). */
export function planRequests(question: PlanQuestion): number {
  const needed = Math.log(1 / question.level) + OVERHEAD[question.verdict]
  return ((question.dispersion ?? 1) * needed) / growth(question).nats
}

/** The same for a report: undefined where no amount of traffic brings that verdict. */
export function requestsToDecide(question: PlanQuestion): number | undefined {
  const { stableRate, candidateRate, tolerance, verdict } = question
  const excess = candidateRate - (tolerance.r * stableRate + tolerance.d)
  if (verdict === 'fail' ? excess <= 0 : excess >= 0) return undefined
  const requests = planRequests(question)
  return Number.isFinite(requests) && requests > 0 ? requests : undefined
}

/** No method may PASS on fewer candidate requests than this at error level `beta`; Infinity without an absolute margin. */
export function leastRequestsToPass(tolerance: Tolerance, beta: number): number {
  return Math.log(1 / beta) / tolerance.d
}

/** r·p + d of the least favourable rates is the root u of a quadratic; pC = η·(r·pB + d) is used as it is. */
function bestFactor(pB: number, pC: number, r: number, d: number, kappa: number): number {
  if (r === 0) return pC / d
  const square = r + kappa * r ** 2
  const linear = d - r * pB + kappa * r * d - kappa * r * pC
  const root = Math.sqrt(linear ** 2 + 4 * square * pB * d)
  const u = (root - linear) / (2 * square)
  const boundary = r * u + d
  return boundary === 0 ? 1 + 1 / (kappa * r) : pC / boundary
}
