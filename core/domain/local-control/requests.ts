import type { Task } from '../platform.js'
import type { Release } from '../release.js'
import { decodeOptions, type ServerOptions } from './counters.js'
import { flag, list, number, object, record, text, type Decoder } from './decode.js'
import { decodeRelease } from './release.js'

type Nothing = Readonly<Record<string, never>>

/** Each verb is `POST /<verb>` with this body. */
export interface ControlRequests {
  readonly observe: Nothing
  readonly configure: { readonly options: ServerOptions }
  readonly launch: { readonly release: Release; readonly healthyWithinMs: number }
  readonly shift: { readonly weight: number }
  readonly promote: Nothing
  readonly abandon: Nothing
  readonly releases: Nothing
  readonly restore: { readonly id: string }
  readonly task: { readonly release: Release; readonly task: Task }
  readonly 'return-at': { readonly deadline: number }
  readonly diagnose: { readonly since: number }
  readonly counters: Nothing
  readonly vitals: { readonly since: number; readonly memory: boolean }
  /** Ends instances and server. What should run is kept for the next start. */
  readonly stop: Nothing
  /** Ends the server alone: the next one takes the instances over. */
  readonly 'hand-over': Nothing
}

export type ControlVerb = keyof ControlRequests

const nothing: Decoder<Nothing> = () => ({})

const percent: Decoder<number> = (value, at) => {
  const weight = number(value, at)
  if (!Number.isInteger(weight) || weight < 0 || weight > 100) throw new TypeError(`\`${at}\` should be a whole number from 0 to 100 and is ${weight}`)
  return weight
}

/** Reads the body of each verb. */
export const decodeRequest: { readonly [V in ControlVerb]: Decoder<ControlRequests[V]> } = {
  observe: nothing,
  configure: object({ options: decodeOptions }),
  launch: object({ release: decodeRelease, healthyWithinMs: number }),
  shift: object({ weight: percent }),
  promote: nothing,
  abandon: nothing,
  releases: nothing,
  restore: object({ id: text }),
  task: object({
    release: decodeRelease,
    task: object<Task>({ name: text, argv: list(text), env: record(text), timeoutMs: number }),
  }),
  'return-at': object({ deadline: number }),
  diagnose: object({ since: number }),
  counters: nothing,
  vitals: object({ since: number, memory: flag }),
  stop: nothing,
  'hand-over': nothing,
}

export function isControlVerb(name: string): name is ControlVerb {
  return Object.hasOwn(decodeRequest, name)
}
