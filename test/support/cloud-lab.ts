/** Surroundings whose clock is turned by hand, for sources that are minutes behind. */
import type { Ambient } from '../../core/ports/ambient.js'
import { realAmbient } from './surroundings.js'

export interface TurnedTime {
  readonly ambient: Ambient
  /** Everything that was masked. */
  readonly masked: readonly string[]
  readonly now: () => number
  readonly pass: (ms: number) => void
}

/** The beginning of a minute. */
export const NOON = Date.UTC(2026, 10, 22, 12, 0, 0)

export function turnedTime(startedAt = NOON, signal?: AbortSignal): TurnedTime {
  let now = startedAt
  const masked: string[] = []
  const pass = (ms: number): void => {
    now += ms
  }
  const ambient: Ambient = {
    ...realAmbient({ work: '', dist: '' }, signal), startedAt, mask: (secret) => void masked.push(secret),
    clock: { now: () => now, sleep: async (ms) => pass(Math.max(0, ms)) },
  }
  return { ambient, masked, now: () => now, pass }
}
