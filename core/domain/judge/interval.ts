/** Anytime-valid interval of one arm's rate, for display only: no decision uses it (judge specification, "Interval"). */
import { logGamma } from './numerics.js'

export type RateInterval = readonly [low: number, high: number]

const HALVINGS = 100

/**
 * The rates that `bad` of `requests` leave possible at error level `gamma` (0.05 for 95 %), at all times at once.
 * `phi` is the dispersion: counts weigh 1/φ. [0, 1] when there were no requests.
 */
export function rateInterval(bad: number, requests: number, phi: number, gamma: number): RateInterval {
  const x = bad / phi
  const m = requests / phi
  if (m <= 0) return [0, 1]
  const constant = 0.5 * Math.log(50) - logGamma(0.5) + logGamma(0.5 + x) - (0.5 + x) * Math.log(50 + m)
  const logM = (p: number): number => constant + p * m - (x === 0 ? 0 : x * Math.log(p))
  const threshold = Math.log(1 / gamma)
  const mode = x / m
  const low = x === 0 ? 0 : lowEnd(logM, mode, threshold)
  return [clip(low), clip(highEnd(logM, mode, 1 / m, threshold))]
}

function lowEnd(logM: (p: number) => number, mode: number, threshold: number): number {
  let left = mode * 1e-12
  let right = mode
  if (logM(left) <= threshold) return 0
  for (let i = 0; i < HALVINGS; i += 1) {
    const middle = Math.sqrt(left * right)
    if (middle === left || middle === right) break
    if (logM(middle) > threshold) left = middle
    else right = middle
  }
  return right
}

function highEnd(logM: (p: number) => number, mode: number, scale: number, threshold: number): number {
  let left = mode
  let right = 2 * Math.max(mode, scale)
  while (logM(right) <= threshold) right *= 2
  for (let i = 0; i < HALVINGS; i += 1) {
    const middle = (left + right) / 2
    if (middle === left || middle === right) break
    if (logM(middle) > threshold) right = middle
    else left = middle
  }
  return left
}

function clip(rate: number): number {
  return Math.min(1, Math.max(0, rate))
}
