import type { DeliveryEvent, DeliveryIntent, DeliveryRecord, DeliveryResult, Fact, LeaseOwner, EnvironmentHistory } from '../domain/history.js'
import type { Told } from '../domain/telling/told.js'

/** The right to change one environment, held by one delivery. */
export interface Lease {
  readonly environment: string
  readonly id: string
  /** Grows with every holder: a record with a lower number than the newest holder's is refused. */
  readonly fence: number
}

export type Taken =
  | { readonly kind: 'taken'; readonly lease: Lease; readonly preempted?: LeaseOwner }
  | { readonly kind: 'held'; readonly by: LeaseOwner; readonly until: number }

/** How much of a history is wanted. */
export interface HistoryDepth {
  /** The newest so many deliveries at least, where there are so many. Default: what the way back and the gates need. */
  readonly deliveries?: number
  /** Events of the newest so many finished deliveries; a ledger that is read over a network may leave those of older ones out. Default 1. */
  readonly events?: number
  /** The last receipt of a backup is looked for also where checks on a schedule have come after it, which may cost more requests. */
  readonly receipt?: boolean
}

/** How closely a lease has to be watched. */
export interface Pace {
  readonly lookEveryMs: number
  /** A lease that could not be looked at for so long may be somebody else's before we know. */
  readonly unseenMs: number
}

/** The record of every delivery of an environment, and the lease on it. */
export interface Ledger {
  readonly pace: Pace
  /** Takes the lease. A holder that is expired or known dead is passed over; `preempt` takes it from a living one. */
  take(environment: string, options: { readonly preempt: boolean }): Promise<Taken>
  /** Looks whether the lease still holds and extends it when it is more than a third spent, so that it may be called every second. `false`: somebody else holds it now. */
  renew(lease: Lease): Promise<boolean>
  release(lease: Lease): Promise<void>
  /** Records the intent before anything is changed. Rejects with `StateError` `lease-lost`. */
  begin(lease: Lease, intent: DeliveryIntent): Promise<DeliveryRecord>
  /** Records what is about to be done or was observed. Rejects with `StateError` `lease-lost` when the lease is gone. */
  advance(lease: Lease, delivery: string, event: DeliveryEvent): Promise<void>
  /** Closes a delivery; accepted from the delivery itself also after its lease was taken. */
  finish(lease: Lease, delivery: string, result: DeliveryResult): Promise<void>
  /** A fact that changes nothing and needs no lease: a receipt, a smoke test. */
  record(environment: string, fact: Fact): Promise<void>
  /** Deliveries begun and not finished, oldest first, with whether their owner still lives. */
  inFlight(environment: string): Promise<readonly (DeliveryRecord & { readonly alive: boolean })[]>
  history(environment: string, depth?: HistoryDepth): Promise<EnvironmentHistory>
  /** What people were told, oldest first, as it was recorded; a ledger that is read over a network may leave out what is long over. */
  told(environment: string): Promise<readonly Told[]>
}
