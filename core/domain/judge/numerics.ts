/** Sums of numbers kept as natural logarithms, and ln Γ (judge specification, "Numerics"). */

/** ln(e^a + e^b) without overflow; −∞ stands for zero. */
export function logAddExp(a: number, b: number): number {
  if (a === -Infinity) return b
  if (b === -Infinity) return a
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))
}

/** ln Σ e^x over the list, added left to right; −∞ for an empty list. */
export function logSumExp(values: readonly number[]): number {
  let largest = -Infinity
  for (const value of values) if (value > largest) largest = value
  if (largest === -Infinity) return -Infinity
  let sum = 0
  for (const value of values) sum += Math.exp(value - largest)
  return largest + Math.log(sum)
}

const LANCZOS_FIRST = 0.99999999999980993
const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const

/** ln Γ(x) for x > 0 (Lanczos, nine coefficients; reflected below ½). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const z = x - 1
  let series = LANCZOS_FIRST
  for (const [i, coefficient] of LANCZOS.entries()) series += coefficient / (z + i + 1)
  const t = z + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series)
}
