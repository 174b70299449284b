/**
 * φ, the running estimate of arm-specific bursts (judge specification, "Dispersion"): the evidence of a block
 * is divided by it. It is used before the block it learns from, so the test stays valid.
 */
import { add, NO_COUNTS, type Counts } from './counts.js'
import type { JudgeTuning } from './settings.js'

/** Sums of one window length; mutable, plain data. */
export interface ScaleState {
  blocks: number
  window: Counts
  /** Stable requests and bad requests of the window before. */
  previousRequests: number
  previousBad: number
  chi: number
  n: number
  xx: number
  xe: number
  ee: number
  sx: number
  se: number
  ke: number
}

export function newScale(): ScaleState {
  return {
    blocks: 0, window: NO_COUNTS, previousRequests: 0, previousBad: 0,
    chi: 0, n: 0, xx: 0, xe: 0, ee: 0, sx: 0, se: 0, ke: 0,
  }
}

/** Learns from a block. `scales` are in the order of `tuning.dispScales`. */
export function learnBursts(scales: readonly ScaleState[], block: Counts, tuning: JudgeTuning): void {
  if (block.mB <= 0) return
  for (const [i, scale] of scales.entries()) {
    const length = tuning.dispScales[i] ?? Infinity
    scale.window = add(scale.window, block)
    scale.blocks += 1
    if (scale.blocks >= length) closeWindow(scale, Math.max(0, 1 - length / tuning.dispMemory), tuning.dispChiMax)
  }
}

function closeWindow(scale: ScaleState, keep: number, chiMax: number): void {
  const { mB, xB, mC, xC } = scale.window
  const pm = scale.previousRequests
  const px = scale.previousBad
  if (pm > 0 && px + xB > 0) {
    const chi = (px * mB - xB * pm) ** 2 / (pm * mB * (px + xB))
    scale.chi = keep * scale.chi + Math.min(chi, chiMax)
    scale.n = keep * scale.n + 1
  }
  const kappa = mC / mB
  const expected = kappa * xB
  scale.xx = keep * scale.xx + xC ** 2
  scale.xe = keep * scale.xe + xC * expected
  scale.ee = keep * scale.ee + expected ** 2
  scale.sx = keep * scale.sx + xC
  scale.se = keep * scale.se + expected
  scale.ke = keep * scale.ke + kappa * expected
  scale.previousRequests = mB
  scale.previousBad = xB
  scale.window = NO_COUNTS
  scale.blocks = 0
}

/** φ ≥ 1 now. Per window length the smaller of two estimates counts: bursts of stable alone, bursts not shared by the arms. */
export function dispersion(scales: readonly ScaleState[], tuning: JudgeTuning): number {
  let largest = Math.max(1, tuning.dispFloor)
  for (const s of scales) {
    const own = (tuning.dispPriorWeight * tuning.dispPrior + s.chi) / (tuning.dispPriorWeight + s.n)
    const rho = (s.sx + 1) / (s.se + 1)
    const spread = Math.max(0, s.xx - 2 * rho * s.xe + rho ** 2 * s.ee)
    const unshared = (tuning.dispShare * own + spread) / (tuning.dispShare + rho * s.se + rho ** 2 * s.ke)
    largest = Math.max(largest, Math.min(own, unshared))
  }
  return Math.min(tuning.dispMax, largest)
}
