import { number, object, optional, text, type Decoder } from '../../../domain/local-control/decode.js'
import type { Arm, Arms } from '../../../domain/platform.js'
import type { ArmCounters, NoDataCause } from '../../../domain/sample.js'

/** Why there is nothing to judge by. */
export interface Silence {
  readonly cause: NoDataCause
  readonly detail: string
}

export interface Report {
  /** When the counters were read (epoch ms). */
  readonly at: number
  readonly candidate: ArmCounters
  readonly stable?: ArmCounters
}

interface Printed {
  readonly at: number
  readonly stable?: Counted
  readonly candidate?: Counted
}

interface Counted {
  readonly identity: string
  readonly requests: number
  readonly errors: number
  readonly slow?: number
}

/** Clocks of two machines differ by so much, not more. */
const AHEAD_MS = 60_000

const moment: Decoder<number> = (value, at) => {
  if (typeof value === 'number') return number(value, at)
  const ms = Date.parse(text(value, at))
  if (Number.isNaN(ms)) throw new TypeError(`\`${at}\` should be a time, such as 2030-01-31T12:00:00Z, or milliseconds since 1970`)
  return ms
}

const counter: Decoder<number> = (value, at) => {
  const found = number(value, at)
  if (found < 0) throw new TypeError(`\`${at}\` should be a count and is below zero`)
  return found
}

const orNull = <T>(item: Decoder<T>): Decoder<T | undefined> => (value, at) => (value === null ? undefined : optional(item)(value, at))

const counted: Decoder<Counted> = (value, at) => {
  const found = object<Counted>({ identity: text, requests: counter, errors: counter, slow: orNull(counter) })(value, at)
  const { requests, errors, slow = 0 } = found
  if (Math.max(errors, slow) > requests) throw new TypeError(`\`${at}\` should have no more errors or slow requests than requests`)
  return found
}

const printed = object<Printed>({ at: moment, stable: orNull(counted), candidate: orNull(counted) })

/** What a program printed, as counters of these two arms. Nothing of its text is repeated: there may be a secret in it. */
export function reportIn(source: string, arms: Arms, given: { readonly now: number; readonly staleMs: number; readonly slow: boolean }): Report | Silence {
  const found = parsed(source)
  if ('cause' in found) return found
  const age = given.now - found.at
  if (age > given.staleMs) return { cause: 'stale', detail: `the command's counters are ${Math.round(age / 1000)} s old` }
  if (age < -AHEAD_MS) return { cause: 'malformed', detail: `the command's counters are dated ${Math.round(-age / 1000)} s ahead of now` }
  const candidate = armIn(found, arms.candidate, given.slow)
  if ('cause' in candidate) return candidate
  const stable = arms.stable && armIn(found, arms.stable, given.slow)
  if (stable !== undefined && 'cause' in stable) return stable
  return { at: Math.min(found.at, given.now), candidate, ...(stable === undefined ? {} : { stable }) }
}

function parsed(source: string): Printed | Silence {
  if (source.trim() === '') return { cause: 'empty', detail: 'the command printed nothing' }
  let value: unknown
  try {
    value = JSON.parse(source)
  } catch {
    return { cause: 'malformed', detail: `the command printed ${source.length} characters that are no JSON` }
  }
  try {
    return printed(value, 'sample')
  } catch (thrown) {
    return { cause: 'malformed', detail: `the command printed no sample: ${thrown instanceof Error ? thrown.message : ''}` }
  }
}

function armIn(found: Printed, { name, identity }: Arm, slow: boolean): ArmCounters | Silence {
  // Where one arm alone is watched it is the candidate of the question, whatever it serves as.
  const counters = found[name]
  if (counters === undefined) return { cause: 'empty', detail: `the command printed no counters of ${name}` }
  if (counters.identity !== identity) return { cause: 'wrong-release', detail: `the command counted ${name} as release ${counters.identity.slice(0, 100)}, not ${identity}` }
  if (slow && counters.slow === undefined) return { cause: 'malformed', detail: `the command printed no \`slow\` of ${name}, and latency is judged` }
  const { requests, errors } = counters
  return { identity, requests, errors, ...(slow ? { slow: counters.slow ?? 0 } : {}) }
}
