import type { RunInfo } from '../../../domain/history.js'
import { ownerOf, type Grant, type LedgerLog } from '../../../domain/ledger-log.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Ledger, Taken } from '../../../ports/ledger.js'
import { newId, type Journals, type Write } from './journal.js'

const LEASE_MS = 30_000

/** Who may change an environment. */
export function leases(open: Journals, ambient: Ambient): Pick<Ledger, 'take' | 'renew' | 'release'> {
  const { clock } = ambient
  return {
    async take(environment, { preempt }) {
      for (;;) {
        const taken = await open(environment).use((log, write) => attempt(environment, preempt, log, write, ambient))
        if (taken !== undefined) return taken
      }
    },
    renew: (lease) =>
      open(lease.environment).use((log, write) => {
        const holder = log.holder()
        if (holder?.lease !== lease.id) return false
        const now = clock.now()
        if (holder.until - now > (LEASE_MS * 2) / 3) return true
        return write({ v: 1, id: newId(), type: 'renew', lease: lease.id, fence: lease.fence, until: now + LEASE_MS })
      }),
    release: (lease) =>
      open(lease.environment).use(async (log, write) => {
        if (log.holder()?.lease === lease.id) await write({ v: 1, id: newId(), type: 'release', lease: lease.id, fence: lease.fence })
      }),
  }
}

/** `undefined`: somebody else was granted it first and has given it back already. */
async function attempt(environment: string, preempt: boolean, log: LedgerLog, write: Write, ambient: Ambient): Promise<Taken | undefined> {
  const at = ambient.clock.now()
  const before = log.holder()
  const dead = before !== undefined && !living(before.run, before.until, ambient)
  // Most refusals are plain at a look; they leave no record.
  if (before !== undefined && !dead && before.until > at && !preempt) return held(before)
  const id = newId()
  await write({ v: 1, id, type: 'take', run: ambient.run, at, until: at + LEASE_MS, preempt, ...(dead ? { dead: before.fence } : {}) })
  const grant = log.granted(id)
  const holder = log.holder()
  if (grant === undefined) return holder && held(holder)
  const { fence, preempted } = grant
  return { kind: 'taken', lease: { environment, id, fence }, ...(preempted === undefined ? {} : { preempted }) }
}

/** On this machine the process itself is asked; of another machine only the end of its lease is known. */
export function living(owner: RunInfo, until: number, { run, process, clock }: Ambient): boolean {
  return owner.host === run.host ? process.alive(owner.pid, owner.started) : until > clock.now()
}

function held(holder: Grant): Taken {
  return { kind: 'held', by: ownerOf(holder), until: holder.until }
}
