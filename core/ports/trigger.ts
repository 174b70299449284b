import type { Arm, Reach } from '../domain/platform.js'
import type { Finding, Suspect, TriggerMemory, TriggerName } from '../domain/trigger.js'
import type { Platform } from './platform.js'

/** One thing that can send a release back. Reads only; a look is bounded in time and answers `no-data` in the place of silence. */
export interface Trigger {
  readonly name: TriggerName
  /** How often it is worth a look (ms): what costs requests somewhere is asked less often. */
  readonly everyMs: number
  /** A look that takes longer counts as silence until it answers (ms); half a minute where it is left out. */
  readonly withinMs?: number
  /** Before traffic moves: can it be asked? Rejects with `InputError` `trigger-unusable` otherwise. */
  preflight(): Promise<void>
  look(suspect: Suspect): Promise<Finding>
  /** For those whose looks go by what earlier ones saw. */
  readonly memory?: {
    keep(): TriggerMemory
    /** Before anything is asked. */
    resume(known: TriggerMemory): void
  }
}

/** Where the release that is looked at is found. */
export interface TriggerPlace {
  readonly arm: Arm
  /** Reaches it and nothing else; absent where the platform has no such way. */
  readonly reach?: Reach
  /** Where users reach what serves. */
  readonly url: string
  readonly platform: Platform
}

/** The triggers of an environment, for one release. */
export type OpenTriggers = (place: TriggerPlace) => Promise<readonly Trigger[]>
