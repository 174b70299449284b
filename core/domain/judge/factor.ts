import type { Counts } from './counts.js'

/** allowed(p) = r·p + d: `r` relative (1.1 is +10 %), `d` absolute as a fraction; `r: 0` makes `d` a ceiling. */
export interface Tolerance {
  readonly r: number
  readonly d: number
}

/** Effect sizes that the FAIL evidence bets on. Fixed for ever: the reference vectors depend on them. */
export const FAIL_EFFECTS: readonly number[] = [1.07, 1.2, 1.4, 1.7, 2.2, 3, 4.5, 8, 16, 50, 300]

/** Effect sizes that the PASS evidence bets on. */
export const PASS_EFFECTS: readonly number[] = [0.02, 0.1, 0.25, 0.4, 0.55, 0.68, 0.78, 0.86, 0.92, 0.96]

/**
 * ln of the e-value of one block for effect size `eta` (judge specification, "Numerics"), in nats.
 * Its mean is at most 1 when the candidate is on the hypothesis' side of r·p + d, whatever p and the exposures.
 * a − 1 is never formed by subtraction: η near 1 would lose its digits.
 */
export function logFactor(eta: number, tolerance: Tolerance, block: Counts): number {
  const { r, d } = tolerance
  const q = r > 0 ? (r * block.mC) / block.mB : 0
  const logC = Math.log1p(q) - Math.log1p(eta * q)
  const logA = Math.log(eta) + logC
  return block.xC * logA + block.xB * logC - (d * block.mC * (eta - 1)) / (1 + eta * q)
}
