/** What can send a release back beside the judge's comparison. Each is on or off by itself and has its own reason. */

export const triggerNames = ['health-check-failure', 'user-complaints', 'resource-exhaustion', 'slo-burn'] as const
export type TriggerName = (typeof triggerNames)[number]

/** The release that is looked at. */
export interface Suspect {
  readonly version: string
  /** When it got its first traffic (epoch ms). */
  readonly since: number
  /** It has all traffic, and no stable release runs beside it. */
  readonly alone: boolean
}

/** What a look found. `no-data` is neither well nor ill: it never promotes and never rolls back by itself. */
export type Finding =
  /** `suspect`: the next look or the one after it may say otherwise. */
  | { readonly kind: 'calm'; readonly detail: string; readonly suspect?: true }
  | { readonly kind: 'fired'; readonly detail: string }
  | { readonly kind: 'no-data'; readonly detail: string }

export type MemoryPair = readonly [at: number, bytes: number]

/** What a trigger knows of earlier looks, for another process to go on from; small, since it is in the record. */
export interface TriggerMemory {
  /** Failing tries in a row. */
  readonly failing?: number
  /** What a counter has grown by since it was first read (epoch ms). */
  readonly grown?: { readonly last: number; readonly total: number; readonly since: number }
  /** What each instance used, by its name: pairs of a time (epoch ms) and bytes. */
  readonly memory?: Readonly<Record<string, readonly MemoryPair[]>>
}
