import type { DeliveryIntent, DeliveryResult, SchemaChange, Verb } from '../domain/history.js'
import type { Release } from '../domain/release.js'
import type { Ambient } from '../ports/ambient.js'
import type { Ledger } from '../ports/ledger.js'
import type { Platform } from '../ports/platform.js'
import { leaseLost, type Hold } from './hold.js'

/** Where a delivery acts and where it is recorded. */
export interface Grounds {
  readonly platform: Platform
  readonly ledger: Ledger
}

/** One delivery under way: every change is recorded before it is made. */
export interface Delivery {
  readonly id: string
  readonly intent: DeliveryIntent
  readonly hold: Hold
  /** Records what is about to be done, then does it. Rejects with `lease-lost` before anything is changed when the lease is gone. */
  doing<T>(verb: Verb, change: () => Promise<T>, note?: { readonly weight?: number; readonly detail?: string }): Promise<T>
  observed(detail: string): Promise<void>
  finish(result: Omit<DeliveryResult, 'at'>): Promise<void>
}

export async function begin(grounds: Pick<Grounds, 'ledger'>, hold: Hold, intent: DeliveryIntent, ambient: Ambient): Promise<Delivery> {
  // Killed before the id is known, the post step finds the delivery by its run.
  ambient.remember('delivery', 'begun')
  const record = await grounds.ledger.begin(hold.lease, intent)
  ambient.remember('delivery', record.id)
  return continued(grounds, hold, { id: record.id, intent }, ambient)
}

/** The same for a delivery that was begun before, by this run or by a dead one. */
export function continued(
  grounds: Pick<Grounds, 'ledger'>,
  hold: Hold,
  record: { readonly id: string; readonly intent: DeliveryIntent },
  ambient: Ambient,
): Delivery {
  const { ledger } = grounds
  const at = (): number => ambient.clock.now()
  return {
    id: record.id,
    intent: record.intent,
    hold,
    async doing(verb, change, note = {}) {
      if (hold.lost()) throw leaseLost(hold.lease)
      await ledger.advance(hold.lease, record.id, { type: 'doing', at: at(), verb, ...note })
      return change()
    },
    observed: (detail) => ledger.advance(hold.lease, record.id, { type: 'observed', at: at(), detail }),
    finish: (result) => ledger.finish(hold.lease, record.id, { ...result, at: at() }),
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
