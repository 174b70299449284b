import type { Finding, Suspect, TriggerName } from '../domain/trigger.js'

/** One thing that can send a release back. Reads only; a look is bounded in time and answers `no-data` in the place of silence. */
export interface Trigger {
  readonly name: TriggerName
  /** How often it is worth a look (ms): what costs requests somewhere is asked less often. */
  readonly everyMs: number
  /** Before traffic moves: can it be asked? Rejects with `InputError` `trigger-unusable` otherwise. */
  preflight(): Promise<void>
  look(suspect: Suspect): Promise<Finding>
}
