import type { DeliveryEvent, DeliveryRecord, DeliveryResult, Fact } from '../../../domain/history.js'
import { messageOf } from '../../../errors/families.js'
import { corrupt, type Deployment, type Deployments } from './deployments.js'
import { fold } from './fold.js'
import { recalled, type Remembered } from './memory.js'
import { deliveryPayload, factPayload, ours, tasks, type DeliveryPayload, type Known } from './payload.js'

/** One delivery as it was read. */
export interface Entry extends Remembered {
  readonly events: readonly DeliveryEvent[]
  /** Statuses so far; absent when they were not read. */
  readonly count?: number
}

export interface Shown {
  /** Oldest first. */
  readonly entries: readonly Entry[]
  readonly cut: boolean
}

interface Found {
  readonly id: number
  readonly payload: DeliveryPayload
}

/** As many as GitHub gives at once. */
const PAGE = 100
/** So far back the last receipt is looked for. */
const MOST_FACTS = 1000

export interface Shelf {
  show(environment: string, depth: { readonly deliveries: number; readonly events: number }): Promise<Shown>
  /** Newest so many, oldest first; with `receipt` also the last one where it is not among them. */
  facts(environment: string, receipt: boolean): Promise<readonly Fact[]>
}

/** Reads an environment's deliveries: one list tells nearly all, because each delivery remembers those before it. */
export function shelf(api: Deployments): Shelf {
  const gather = async (environment: string, deliveries: number): Promise<{ found: readonly Deployment[]; cut: boolean }> => {
    const first = await api.newest(environment, tasks.delivery)
    if (first.length < PAGE || deliveries <= PAGE) return { found: first, cut: first.length === PAGE }
    const found: Deployment[] = []
    for await (const one of api.pages(environment, tasks.delivery, deliveries + 1)) found.push(one)
    return { found: found.slice(0, deliveries), cut: found.length > deliveries }
  }
  return {
    async show(environment, { deliveries, events }) {
      const { found, cut } = await gather(environment, deliveries)
      const all = found.flatMap((one) => {
        const payload = payloadIn(environment, one)
        return payload === undefined ? [] : [{ id: Number(payload.of ?? one.id), payload }]
      })
      return { entries: await entriesOf(api, environment, once(all), events), cut }
    },
    async facts(environment, receipt) {
      const newest = (await api.newest(environment, tasks.fact)).flatMap((one) => factIn(environment, one))
      if (!receipt || newest.length < PAGE || newest.some(isReceipt)) return newest.toReversed()
      for await (const one of api.pages(environment, tasks.fact, MOST_FACTS)) {
        const [found] = factIn(environment, one)
        if (isReceipt(found)) return [...newest, found].toReversed()
      }
      return newest.toReversed()
    },
  }
}

function factIn(environment: string, { id, payload }: Deployment): readonly Fact[] {
  return reading(environment, id, () => (ours(payload) ? [factPayload(payload, 'fact').fact] : []))
}

function isReceipt(fact: Fact | undefined): fact is Fact & { readonly type: 'receipt' } {
  return fact?.type === 'receipt'
}

function payloadIn(environment: string, { id, payload }: Deployment): DeliveryPayload | undefined {
  return reading(environment, id, () => (ours(payload) ? deliveryPayload(payload, 'payload') : undefined))
}

/** Newest first. A creation whose answer was lost may have been carried out twice: the first one counts. */
function once(all: readonly Found[]): readonly Found[] {
  const first = new Map<string, Found>()
  for (const one of all) {
    const other = first.get(one.payload.nonce)
    if (other === undefined || one.id < other.id) first.set(one.payload.nonce, one)
  }
  // By when they were begun: GitHub makes a deployment of its own long before.
  return [...first.values()].toSorted((a, b) => b.payload.fence - a.payload.fence || b.id - a.id)
}

async function entriesOf(api: Deployments, environment: string, newestFirst: readonly Found[], events: number): Promise<readonly Entry[]> {
  const intents = new Map(newestFirst.map(({ id, payload }) => [String(id), payload.intent]))
  const known = new Map<string, { readonly result: DeliveryResult; readonly active: boolean }>()
  const learn = (one: Known): void => {
    if (known.has(one.id)) return
    const result = recalled(one, (id) => intents.get(id))
    if (result !== undefined) known.set(one.id, { result, active: one.active })
  }
  const entries: Entry[] = []
  for (const [place, { id: number, payload }] of newestFirst.entries()) {
    const id = String(number)
    const told = known.get(id)
    for (const one of payload.known) learn(one)
    if (told !== undefined && place >= events) {
      entries.push({ id, payload, events: [], ...told })
      continue
    }
    const statuses = await api.statuses(environment, number)
    entries.push({ id, payload, ...reading(environment, number, () => fold(statuses, payload)) })
  }
  return settledActives(entries.toReversed())
}

/** Whoever became active had retired the others before: of those, what a later delivery remembers may be older. */
function settledActives(entries: readonly Entry[]): readonly Entry[] {
  const newest = entries.findLastIndex(({ active, count }) => active && count !== undefined)
  return entries.map((entry, place) => (place < newest && entry.active && entry.count === undefined ? { ...entry, active: false } : entry))
}

export function recordOf(environment: string, { id, payload, events, result }: Entry): DeliveryRecord {
  const { begunAt, fence, intent } = payload
  return { id, environment, begunAt, fence, intent, events, ...(result === undefined ? {} : { result }) }
}

function reading<T>(environment: string, id: number, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw corrupt(environment, `deployment ${id}: ${messageOf(thrown)}`)
  }
}
