/** What is counted: requests and bad requests of the two arms. */

/** Cumulative counters of one arm. Fractions are allowed (extrapolating sources give them). */
export interface ArmCounters {
  readonly requests: number
  readonly bad: number
}

/** One reading of a check: both arms at the same instant. */
export interface CheckSample {
  readonly stable: ArmCounters
  readonly candidate: ArmCounters
}

/** A poll: check name → reading. Absent or null means that the source had nothing. */
export type JudgeSample = Readonly<Record<string, CheckSample | null | undefined>>

/** Counters or increments in the letters of the judge specification: m requests, x bad; B stable, C candidate. */
export interface Counts {
  readonly mB: number
  readonly xB: number
  readonly mC: number
  readonly xC: number
}

export const NO_COUNTS: Counts = { mB: 0, xB: 0, mC: 0, xC: 0 }

export function add(a: Counts, b: Counts): Counts {
  return { mB: a.mB + b.mB, xB: a.xB + b.xB, mC: a.mC + b.mC, xC: a.xC + b.xC }
}

/** With the arms in each other's place. */
export function exchanged({ mB, xB, mC, xC }: Counts): Counts {
  return { mB: mC, xB: xC, mC: mB, xC: xB }
}

export function subtract(a: Counts, b: Counts): Counts {
  return { mB: a.mB - b.mB, xB: a.xB - b.xB, mC: a.mC - b.mC, xC: a.xC - b.xC }
}

/** The counters of a reading, or undefined when it is missing or holds a number that no counter can show. */
export function readCounts(sample: JudgeSample, check: string): Counts | undefined {
  const reading = Object.hasOwn(sample, check) ? sample[check] : null
  if (reading === null || reading === undefined) return undefined
  const { stable, candidate } = reading
  const numbers = [stable.requests, stable.bad, candidate.requests, candidate.bad]
  if (!numbers.every((n) => Number.isFinite(n) && n >= 0)) return undefined
  return { mB: stable.requests, xB: stable.bad, mC: candidate.requests, xC: candidate.bad }
}
