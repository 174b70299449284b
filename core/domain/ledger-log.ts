import type {
  DeliveryEvent, DeliveryIntent, DeliveryRecord, DeliveryResult, EnvironmentHistory, Fact, LeaseOwner, RunInfo,
} from './history.js'
import type { Told } from './telling/told.js'

/**
 * The protocol of a ledger kept as one ordered log per environment. Whoever wants something appends a record and reads
 * back: the records before it alone decide whether it took effect, so all readers agree and no lock is needed.
 */
interface Written {
  readonly v: 1
  /** Of a `take` the lease's id, of a `begin` the delivery's; of the others unique, so that its writer finds it again. */
  readonly id: string
}

export type LedgerRecord =
  | Written & { readonly type: 'take'; readonly run: RunInfo; readonly at: number; readonly until: number; readonly preempt: boolean; /** Fence of a holder that the contender knows dead. */ readonly dead?: number }
  | Written & { readonly type: 'renew'; readonly lease: string; readonly fence: number; readonly until: number }
  | Written & { readonly type: 'release'; readonly lease: string; readonly fence: number }
  | Written & { readonly type: 'begin'; readonly lease: string; readonly fence: number; readonly at: number; readonly intent: DeliveryIntent }
  | Written & { readonly type: 'event'; readonly lease: string; readonly fence: number; readonly delivery: string; readonly event: DeliveryEvent }
  | Written & { readonly type: 'finish'; readonly lease: string; readonly fence: number; readonly delivery: string; readonly result: DeliveryResult }
  | Written & { readonly type: 'fact'; readonly fact: Fact }

export interface Grant extends LeaseOwner {
  readonly until: number
  /** The living holder it was taken from. */
  readonly preempted?: LeaseOwner
}

/** What the records so far amount to. */
export interface LedgerLog {
  /** Takes the next record; `false` when it has no effect at this place. */
  apply(record: LedgerRecord): boolean
  holder(): Grant | undefined
  /** What a `take` got, also after somebody else took over. */
  granted(lease: string): Grant | undefined
  /** Begun and not finished, oldest first, with the end of the lease that each was begun under. */
  open(): readonly (DeliveryRecord & { readonly leaseUntil: number })[]
  delivery(id: string): DeliveryRecord | undefined
  history(): EnvironmentHistory
  told(): readonly Told[]
}

type Growing = Omit<DeliveryRecord, 'events'> & { readonly events: DeliveryEvent[] }

interface State {
  /** Grants so far: the fence of the newest one. */
  fence: number
  holder?: Grant
  readonly grants: Map<string, Grant>
  readonly deliveries: Map<string, Growing>
  /** Ids of open deliveries, with the end of the lease of each. */
  readonly open: Map<string, number>
  readonly facts: Exclude<Fact, { readonly type: 'told' }>[]
  readonly told: Told[]
}

type Rule<R> = (state: State, record: R, environment: string) => boolean

export function ledgerLog(environment: string): LedgerLog {
  const state: State = { fence: 0, grants: new Map(), deliveries: new Map(), open: new Map(), facts: [], told: [] }
  return {
    apply: (record) => applied(state, record, environment),
    holder: () => state.holder,
    granted: (lease) => state.grants.get(lease),
    open: () => [...state.open].map(([id, leaseUntil]) => ({ ...settled(state.deliveries.get(id)!), leaseUntil })),
    delivery: (id) => optional(state.deliveries.get(id)),
    history: () => ({
      environment,
      deliveries: [...state.deliveries.values()].map(settled),
      facts: [...state.facts],
      ...(state.holder === undefined ? {} : { holder: { ...ownerOf(state.holder), until: state.holder.until } }),
    }),
    told: () => [...state.told],
  }
}

/** The history that an ordered list of records tells. */
export function foldLedger(environment: string, records: Iterable<LedgerRecord>): EnvironmentHistory {
  const log = ledgerLog(environment)
  for (const record of records) log.apply(record)
  return log.history()
}

const rules: { readonly [K in LedgerRecord['type']]: Rule<Extract<LedgerRecord, { type: K }>> } = {
  take(state, { id, run, at, until, preempt, dead }) {
    const { holder } = state
    const gone = holder === undefined || holder.until <= at || holder.fence === dead
    if (state.grants.has(id) || !(gone || preempt)) return false
    state.fence += 1
    state.holder = { lease: id, fence: state.fence, run, until, ...(gone ? {} : { preempted: ownerOf(holder) }) }
    state.grants.set(id, state.holder)
    return true
  },
  renew(state, { lease, fence, until }) {
    const mine = held(state, lease, fence)
    if (mine === undefined) return false
    state.holder = { ...mine, until: Math.max(until, mine.until) }
    for (const id of state.open.keys()) if (state.deliveries.get(id)?.fence === fence) state.open.set(id, state.holder.until)
    return true
  },
  release(state, { lease, fence }) {
    const mine = held(state, lease, fence) !== undefined
    if (mine) delete state.holder
    return mine
  },
  begin(state, { id, lease, fence, at, intent }, environment) {
    const mine = held(state, lease, fence)
    if (mine === undefined || state.deliveries.has(id)) return false
    state.deliveries.set(id, { id, environment, begunAt: at, fence, intent, events: [] })
    state.open.set(id, mine.until)
    return true
  },
  event(state, { lease, fence, delivery, event }) {
    if (held(state, lease, fence) === undefined || !state.open.has(delivery)) return false
    state.deliveries.get(delivery)?.events.push(event)
    return true
  },
  finish(state, { lease, fence, delivery, result }) {
    const found = state.deliveries.get(delivery)
    // Its own run may close it also after it was preempted, the present holder whatever a dead run left: the first wins.
    const may = found !== undefined && state.open.has(delivery) && (found.fence === fence || (found.fence < fence && held(state, lease, fence) !== undefined))
    if (!may) return false
    state.open.delete(delivery)
    state.deliveries.set(delivery, { ...found, result })
    return true
  },
  fact(state, { fact }) {
    if (fact.type === 'told') state.told.push(fact.told)
    else state.facts.push(fact)
    return true
  },
}

function applied(state: State, record: LedgerRecord, environment: string): boolean {
  switch (record.type) {
    case 'take': return rules.take(state, record, environment)
    case 'renew': return rules.renew(state, record, environment)
    case 'release': return rules.release(state, record, environment)
    case 'begin': return rules.begin(state, record, environment)
    case 'event': return rules.event(state, record, environment)
    case 'finish': return rules.finish(state, record, environment)
    default: return rules.fact(state, record, environment)
  }
}

/** The lease, when it is the one that holds at this place of the log. */
function held(state: State, lease: string, fence: number): Grant | undefined {
  return state.holder?.fence === fence && state.holder.lease === lease ? state.holder : undefined
}

export function ownerOf({ lease, fence, run }: LeaseOwner): LeaseOwner {
  return { lease, fence, run }
}

/** A finished delivery never changes again; of an open one the caller gets its own list of events. */
function settled(delivery: Growing): DeliveryRecord {
  return delivery.result === undefined ? { ...delivery, events: [...delivery.events] } : delivery
}

function optional(delivery: Growing | undefined): DeliveryRecord | undefined {
  return delivery === undefined ? undefined : settled(delivery)
}
