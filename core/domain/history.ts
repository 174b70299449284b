import type { Receipt } from './receipt.js'
import type { Release } from './release.js'
import type { Told } from './telling/told.js'
import type { WatchFact } from './watch-facts.js'

/** Who is at work: a run of a workflow, or a person's terminal. */
export interface RunInfo {
  /** The workflow run's id, or `terminal-<host>-<pid>`. */
  readonly id: string
  readonly attempt: number
  readonly actor: string
  readonly workflow: string
  readonly job: string
  readonly url: string
  /** The process, so that a later run on the same machine can tell whether it still lives. */
  readonly host: string
  readonly pid: number
  /** Start time of that process in the machine's own unit; tells a reused pid apart. */
  readonly started: string
}

export interface LeaseOwner {
  readonly lease: string
  readonly fence: number
  readonly run: RunInfo
}

export const deliveryKinds = ['deploy', 'promote', 'rollback'] as const
export type DeliveryKind = (typeof deliveryKinds)[number]

/** What a delivery is about to do; recorded before the first change and never changed. */
export interface DeliveryIntent {
  readonly kind: DeliveryKind
  readonly release: Release
  /** What served before, when something did. */
  readonly previous?: Release
  readonly plan: readonly string[]
  /** When this delivery was asked for (epoch ms): the start of its run, before any waiting. */
  readonly requestedAt: number
  readonly run: RunInfo
  /** Id of the receipt of the backup taken for it. */
  readonly receipt?: string
  /** Why a rollback was asked for, in the words of whoever did, or of the watch that found it. */
  readonly because?: string
  /** What would have kept it from beginning, and why somebody went on all the same. */
  readonly overruled?: Overruled
}

/** A gate that somebody passed by saying why. */
export interface Overruled {
  /** In their words. */
  readonly reason: string
  /** The reasons that it would have been refused for: `frozen`, `superseded`, … */
  readonly what: readonly string[]
}

export const verbs = ['migrate', 'launch', 'shift', 'promote', 'abandon', 'restore'] as const
export type Verb = (typeof verbs)[number]

/** What is about to happen (`doing`) or was seen. `at` is epoch ms. */
export type DeliveryEvent =
  | { readonly type: 'doing'; readonly at: number; readonly verb: Verb; readonly weight?: number; readonly detail?: string }
  | { readonly type: 'verdict'; readonly at: number; readonly weight: number; readonly decision: string; readonly lean: string; readonly requests: number; readonly errors: number; readonly detail: string }
  | { readonly type: 'observed'; readonly at: number; readonly detail: string }

export interface DeliveryResult {
  readonly at: number
  readonly ok: boolean
  readonly reason: string
  readonly message: string
  /** The release that serves after it, as observed. */
  readonly live?: Release
  /** The release that evidence spoke against; not delivered again unless forced. */
  readonly bad?: Release
  readonly schema?: SchemaChange
  /** Where the full record is, and the SHA-256 (hex) of it. */
  readonly record?: { readonly sha256: string; readonly link: string }
}

/** The database schema's revision around a delivery, as the user's own command prints it. */
export interface SchemaChange {
  readonly before: string
  readonly after: string
}

export interface DeliveryRecord {
  readonly id: string
  readonly environment: string
  readonly begunAt: number
  readonly fence: number
  readonly intent: DeliveryIntent
  readonly events: readonly DeliveryEvent[]
  readonly result?: DeliveryResult
}

/** Something that is true of an environment and is no delivery. `restoring`: about to put a backup in the place of its database. `restored`: how that ended, or a copy beside it. */
export type Fact =
  | WatchFact
  | { readonly type: 'receipt'; readonly at: number; readonly receipt: Receipt }
  | { readonly type: 'restoring'; readonly at: number; readonly receipt: string; readonly database: string; readonly run: string; /** Name that the database before will be kept under. */ readonly kept?: string }
  | {
      readonly type: 'restored'
      readonly at: number
      /** Id of the backup's receipt. */
      readonly receipt: string
      /** Name of the database that holds it now; empty when none does. */
      readonly database: string
      /** Name that the database before is kept under; empty when nothing was replaced. */
      readonly kept: string
      readonly ok: boolean
      readonly reason: string
      readonly detail: string
      readonly tookMs: number
      /** Age of the data when it came back. */
      readonly lostMs: number
      /** Revision of the schema that it left, where it is known. */
      readonly schema?: string
    }
  | { readonly type: 'checked'; readonly at: number; readonly version: string; readonly ok: boolean; readonly reason: string; readonly detail: string }
  /** What people were told; it is asked for by itself and in no history. */
  | { readonly type: 'told'; readonly at: number; readonly told: Told }

export interface EnvironmentHistory {
  readonly environment: string
  /** Oldest first. */
  readonly deliveries: readonly DeliveryRecord[]
  readonly facts: readonly Fact[]
  readonly holder?: LeaseOwner & { readonly until: number }
  /** There are older deliveries that were not asked for. */
  readonly cut?: boolean
}

/** The delivery whose release serves now, by the record: the last that finished with a live release. */
export function lastLive(history: EnvironmentHistory): DeliveryRecord | undefined {
  return history.deliveries.findLast((delivery) => delivery.result?.live !== undefined)
}

/** The last delivery that went forward well: what a later one may not be older than. */
export function lastForward(history: EnvironmentHistory): DeliveryRecord | undefined {
  return history.deliveries.findLast((delivery) => delivery.intent.kind !== 'rollback' && delivery.result?.ok === true)
}
