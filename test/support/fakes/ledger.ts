import type { RunInfo } from '../../../core/domain/history.js'
import { ledgerLog, ownerOf, type LedgerLog } from '../../../core/domain/ledger-log.js'
import { StateError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Lease, Ledger } from '../../../core/ports/ledger.js'

const LEASE_MS = 30_000

/** One store that several fake clients share: environment → its log. */
export type LedgerStore = Map<string, LedgerLog>

/** A ledger in memory that keeps what the port promises; it passes the same suite as the real ones. */
export function fakeLedger(store: LedgerStore, { clock, run, process }: Pick<Ambient, 'clock' | 'run' | 'process'>): Ledger {
  const open = (environment: string): LedgerLog => {
    const log = store.get(environment) ?? ledgerLog(environment)
    store.set(environment, log)
    return log
  }
  const living = (owner: RunInfo, until: number): boolean =>
    owner.host === run.host ? process.alive(owner.pid, owner.started) : until > clock.now()
  const unless = (done: boolean, lease: Lease): void => {
    if (!done) throw new StateError('lease-lost', { message: `The lease on \`${lease.environment}\` is gone.` })
  }
  const by = (lease: Lease): { v: 1; id: string; lease: string; fence: number } => ({ v: 1, id: crypto.randomUUID(), lease: lease.id, fence: lease.fence })
  return {
    pace: { lookEveryMs: 1000, unseenMs: 20_000 },
    async take(environment, { preempt }) {
      const log = open(environment)
      const before = log.holder()
      const at = clock.now()
      const dead = before !== undefined && !living(before.run, before.until) ? { dead: before.fence } : {}
      const id = crypto.randomUUID()
      log.apply({ v: 1, id, type: 'take', run, at, until: at + LEASE_MS, preempt, ...dead })
      const holder = log.holder()!
      if (holder.lease !== id) return { kind: 'held', by: ownerOf(holder), until: holder.until }
      const preempted = holder.preempted === undefined ? {} : { preempted: holder.preempted }
      return { kind: 'taken', lease: { environment, id, fence: holder.fence }, ...preempted }
    },
    async renew(lease) {
      return open(lease.environment).apply({ ...by(lease), type: 'renew', until: clock.now() + LEASE_MS })
    },
    async release(lease) {
      open(lease.environment).apply({ ...by(lease), type: 'release' })
    },
    async begin(lease, intent) {
      const record = { ...by(lease), type: 'begin' as const, at: clock.now(), intent }
      const log = open(lease.environment)
      unless(log.apply(record), lease)
      return log.delivery(record.id)!
    },
    async advance(lease, delivery, event) {
      unless(open(lease.environment).apply({ ...by(lease), type: 'event', delivery, event }), lease)
    },
    async finish(lease, delivery, result) {
      const log = open(lease.environment)
      log.apply({ ...by(lease), type: 'finish', delivery, result })
      unless(log.delivery(delivery)?.result !== undefined, lease)
    },
    async record(environment, fact) {
      open(environment).apply({ v: 1, id: crypto.randomUUID(), type: 'fact', fact })
    },
    async inFlight(environment) {
      return open(environment).open().map(({ leaseUntil, ...record }) => ({ ...record, alive: living(record.intent.run, leaseUntil) }))
    },
    history: async (environment) => open(environment).history(),
    told: async (environment) => open(environment).told(),
  }
}
