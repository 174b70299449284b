import type { Percent } from '../platform.js'

/** The heaviest that HAProxy knows. */
const MOST = 256
/** Of the one arm where the other has nothing. */
const ALL = 1

/** The weight of each server of an arm. */
export interface ServerWeights {
  readonly stable: number
  readonly candidate: number
}

/**
 * Weights with which the candidate's replicas together get exactly `weight` percent: the smallest whole numbers, so that the
 * shares are even over a short run of requests too. `impossible` says why there are none; they are never approximated.
 */
export function serverWeights(
  weight: Percent, replicas: { readonly stable: number; readonly candidate: number },
): ServerWeights | { readonly impossible: string } {
  if (weight <= 0 || replicas.candidate === 0) return { stable: ALL, candidate: 0 }
  if (weight >= 100 || replicas.stable === 0) return { stable: 0, candidate: ALL }
  const stable = (100 - weight) * replicas.candidate
  const candidate = weight * replicas.stable
  const divisor = greatestDivisor(stable, candidate)
  const reduced = { stable: stable / divisor, candidate: candidate / divisor }
  if (!Number.isInteger(weight) || reduced.stable > MOST || reduced.candidate > MOST) {
    return { impossible: `${replicas.stable} stable and ${replicas.candidate} candidate replicas can't be weighted so that ${weight} % of requests reach the candidate: one would weigh more than ${MOST}` }
  }
  return reduced
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}
