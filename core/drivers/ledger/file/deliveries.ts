import { StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Lease, Ledger } from '../../../ports/ledger.js'
import { newId, type Journals } from './journal.js'
import { living } from './leases.js'

/** What was done in an environment. */
export function deliveries(
  open: Journals,
  renew: Ledger['renew'],
  ambient: Ambient,
): Pick<Ledger, 'begin' | 'advance' | 'finish' | 'record' | 'inFlight' | 'history' | 'told'> {
  const { clock } = ambient
  /** The lease must outlive the change that is recorded now: one that has run out could be taken while it is made. */
  const renewed = async (lease: Lease): Promise<void> => {
    if (!(await renew(lease))) throw lost(lease)
  }
  return {
    async begin(lease, intent) {
      await renewed(lease)
      return open(lease.environment).use(async (log, write) => {
        const at = clock.now()
        const id = deliveryId(at)
        await write({ v: 1, id, type: 'begin', lease: lease.id, fence: lease.fence, at, intent })
        const delivery = log.delivery(id)
        if (delivery === undefined) throw lost(lease)
        return delivery
      })
    },
    async advance(lease, delivery, event) {
      await renewed(lease)
      const done = await open(lease.environment).use((_, write) =>
        write({ v: 1, id: newId(), type: 'event', lease: lease.id, fence: lease.fence, delivery, event }))
      if (!done) throw lost(lease)
    },
    finish: (lease, delivery, result) =>
      open(lease.environment).use(async (log, write) => {
        // Closed already, by whoever healed it or by a call of ours whose answer was lost: the first one counts.
        if (log.delivery(delivery)?.result !== undefined) return
        await write({ v: 1, id: newId(), type: 'finish', lease: lease.id, fence: lease.fence, delivery, result })
        if (log.delivery(delivery)?.result === undefined) throw lost(lease)
      }),
    record: (environment, fact) =>
      open(environment).use(async (_, write) => {
        await write({ v: 1, id: newId(), type: 'fact', fact })
      }),
    inFlight: (environment) =>
      open(environment).use((log) => log.open().map(({ leaseUntil, ...record }) => ({ ...record, alive: living(record.intent.run, leaseUntil, ambient) }))),
    history: (environment) => open(environment).use((log) => log.history()),
    told: (environment) => open(environment).use((log) => log.told()),
  }
}

/** Reads as its time: a person types it as the target of a rollback. */
function deliveryId(at: number): string {
  const time = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return `${time}-${newId().slice(0, 8)}`
}

function lost(lease: Lease): StateError {
  return new StateError('lease-lost', { message: `The lease on \`${lease.environment}\` was taken by another run, or has been given back.` })
}
