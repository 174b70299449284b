import type { ApprovalRecord } from '../domain/delivery-document.js'
import type { DeliveryEvent, DeliveryIntent, DeliveryRecord, DeliveryResult, SchemaChange, Verb } from '../domain/history.js'
import type { Release } from '../domain/release.js'
import { begun, finished, stage } from '../domain/telling/deliveries.js'
import type { Ambient } from '../ports/ambient.js'
import type { Ledger } from '../ports/ledger.js'
import type { Platform } from '../ports/platform.js'
import type { Records } from '../ports/records.js'
import { chronicleOf, close, timed, type Chronicle } from './chronicle.js'
import { leaseLost, type Hold } from './hold.js'
import type { DeliveryMarks } from './marks.js'
import type { Telling } from './telling/telling.js'

/** Where a delivery acts and where it is recorded. */
export interface Grounds {
  readonly platform: Platform
  readonly ledger: Ledger
  /** Where full records are kept. */
  readonly records?: readonly Records[]
  /** Who let this run in, as far as it may be known. */
  readonly approvals?: () => Promise<readonly ApprovalRecord[]>
  /** Tells people, beside the work. */
  readonly telling?: Telling
  /** Charts that it is marked in. */
  readonly marks?: DeliveryMarks
}

interface Note {
  readonly weight?: number
  readonly detail?: string
}

/** One delivery under way: every change is recorded before it is made. */
export interface Delivery {
  readonly id: string
  readonly intent: DeliveryIntent
  readonly hold: Hold
  readonly chronicle: Chronicle
  /** Records what is about to be done, and nothing more: for what must be done all the same when it can't be recorded. */
  intends(verb: Verb, note?: Note, by?: Grounds): Promise<void>
  /** Records what is about to be done, then does it. Rejects with `lease-lost` before anything is changed when the lease is gone. */
  doing<T>(verb: Verb, change: () => Promise<T>, note?: Note): Promise<T>
  observed(detail: string): Promise<void>
  judged(verdict: Omit<Extract<DeliveryEvent, { type: 'verdict' }>, 'type' | 'at'>): Promise<void>
  finish(result: Omit<DeliveryResult, 'at'>): Promise<void>
  /** The same by other grounds, such as those that a cancel does not stop. */
  finishBy(grounds: Grounds, result: Omit<DeliveryResult, 'at'>): Promise<void>
}

export async function begin(grounds: Grounds, hold: Hold, intent: DeliveryIntent, ambient: Ambient): Promise<Delivery> {
  // Killed before the id is known, the post step finds the delivery by its run.
  ambient.remember('delivery', 'begun')
  const record = await grounds.ledger.begin(hold.lease, intent)
  ambient.remember('delivery', record.id)
  grounds.telling?.tell(begun(record))
  grounds.marks?.begun(record)
  return continued(grounds, hold, record, ambient)
}

/** The same for a delivery that was begun before, by this run or by a dead one. */
export function continued(grounds: Grounds, hold: Hold, record: DeliveryRecord, ambient: Ambient): Delivery {
  const chronicle = chronicleOf(record)
  const at = (): number => ambient.clock.now()
  const advance = async (event: DeliveryEvent, by = grounds): Promise<void> => {
    await by.ledger.advance(hold.lease, record.id, event)
    chronicle.events.push(event)
    const news = stage(record, event)
    if (news !== undefined) grounds.telling?.tell(news)
  }
  const intends = async (verb: Verb, note: Note = {}, by = grounds): Promise<void> => {
    if (hold.lost()) throw leaseLost(hold.lease)
    await advance({ type: 'doing', at: at(), verb, ...note }, by)
    grounds.marks?.doing(record, verb)
  }
  const finishBy = async (by: Grounds, given: Omit<DeliveryResult, 'at'>): Promise<void> => {
    const result = { ...given, at: at() }
    await close(by, hold.lease, record, chronicle, result, ambient)
    grounds.marks?.ended(record, result)
    grounds.telling?.tell(finished(record, result))
  }
  return {
    id: record.id,
    intent: record.intent,
    hold,
    chronicle,
    intends,
    async doing(verb, change, note = {}) {
      await intends(verb, note)
      return timed(chronicle, note.weight === undefined ? verb : `${verb} ${note.weight} %`, ambient, change)
    },
    observed: (detail) => advance({ type: 'observed', at: at(), detail }),
    judged: (verdict) => advance({ type: 'verdict', at: at(), ...verdict }),
    finish: (result) => finishBy(grounds, result),
    finishBy,
  }
}

/** The optional parts of a result, left out where there is nothing to say. */
export function resultParts(parts: { live?: Release | undefined; bad?: Release | undefined; schema?: SchemaChange | undefined }): Pick<DeliveryResult, 'live' | 'bad' | 'schema'> {
  return {
    ...(parts.live === undefined ? {} : { live: parts.live }),
    ...(parts.bad === undefined ? {} : { bad: parts.bad }),
    ...(parts.schema === undefined ? {} : { schema: parts.schema }),
  }
}
