/** Counters of a fake platform's traffic: steady requests, split by its weight, failing at the rate of each version. */
import type { ArmName, Arms } from '../../../core/domain/platform.js'
import type { ArmCounters, NoData, NoDataCause, Sample } from '../../../core/domain/sample.js'
import { InputError } from '../../../core/errors/families.js'
import type { Metrics } from '../../../core/ports/metrics.js'
import type { FakeWorld } from './platform.js'

export interface FakeTraffic {
  readonly world: FakeWorld
  /** Per second, both arms together; as they would come, without chance. */
  rps: number
  /** Share of failing and of slow requests of each version, 0 to 1; 0 when absent. */
  errors: Record<string, number>
  slow: Record<string, number>
  /** Share of requests of each version that are an order; not counted at all when absent, and unknown of a version that is not there. */
  orders?: Record<string, number>
  /** Makes the source silent until it is taken away. */
  outage?: NoDataCause | undefined
  /** They are requests of our own. */
  synthetic?: true
  readonly counted: Map<string, Counted>
  at: number
}

interface Counted {
  requests: number
  errors: number
  slow: number
  orders: number
}

const NOTHING: Counted = { requests: 0, errors: 0, slow: 0, orders: 0 }

export function fakeTraffic(world: FakeWorld, rps: number): FakeTraffic {
  return { world, rps, errors: {}, slow: {}, counted: new Map(), at: world.clock.now() }
}

export function fakeMetrics(traffic: FakeTraffic, slowerThanMs?: number): Metrics {
  const read = async (arms: Arms): Promise<Sample | NoData> => {
    flow(traffic)
    const at = traffic.world.clock.now()
    if (traffic.outage !== undefined) return { kind: 'no-data', at, cause: traffic.outage, detail: 'the fake source is silent' }
    const own = traffic.synthetic === undefined ? {} : { synthetic: traffic.synthetic }
    const candidate = counters(traffic, arms.candidate.name, arms.candidate.identity, slowerThanMs)
    if (typeof candidate === 'string') return { kind: 'no-data', at, cause: candidate, detail: 'candidate' }
    if (arms.stable === undefined) return { kind: 'sample', at, candidate, ...own }
    const stable = counters(traffic, 'stable', arms.stable.identity, slowerThanMs)
    if (typeof stable === 'string') return { kind: 'no-data', at, cause: stable, detail: 'stable' }
    return { kind: 'sample', at, stable, candidate, ...own, ...missingOf(traffic, arms) }
  }
  return {
    name: 'fake',
    read,
    preflight: async (arms) => {
      const stable = arms.stable && counters(traffic, 'stable', arms.stable.identity, slowerThanMs)
      const cause = traffic.outage ?? (typeof stable === 'string' ? stable : undefined)
      if (cause !== undefined) throw new InputError([{ code: 'metrics-unusable', message: `The fake source has no samples: ${cause}.` }])
    },
  }
}

/** Counts requests of one arm by hand. */
export function count(traffic: FakeTraffic, arm: ArmName, requests: number, errors: number, slow: number): void {
  const instance = traffic.world[arm]
  if (instance !== undefined) add(traffic, instance.id, { requests, errors, slow, orders: 0 })
}

/** The traffic since it was last looked at. Call it before the weight changes when shares must be exact. */
export function flow(traffic: FakeTraffic): void {
  const { world, rps } = traffic
  const requests = (rps * (world.clock.now() - traffic.at)) / 1000
  traffic.at = world.clock.now()
  const share = { stable: 1 - world.weight / 100, candidate: world.weight / 100 }
  for (const arm of ['stable', 'candidate'] as const) {
    const instance = world[arm]
    if (instance === undefined) continue
    const mine = requests * share[arm]
    const { version } = instance.release
    add(traffic, instance.id, { requests: mine, errors: mine * (traffic.errors[version] ?? 0), slow: mine * (traffic.slow[version] ?? 0), orders: mine * (traffic.orders?.[version] ?? 0) })
  }
}

function add({ counted }: FakeTraffic, id: string, more: Counted): void {
  const before = counted.get(id) ?? NOTHING
  counted.set(id, { requests: before.requests + more.requests, errors: before.errors + more.errors, slow: before.slow + more.slow, orders: before.orders + more.orders })
}

function counters(traffic: FakeTraffic, arm: ArmName, identity: string, slowerThanMs: number | undefined): ArmCounters | NoDataCause {
  const instance = traffic.world[arm]
  if (instance === undefined || !instance.alive) return 'empty'
  if (instance.release.version !== identity) return 'wrong-release'
  const { requests, errors, slow, orders } = traffic.counted.get(instance.id) ?? NOTHING
  return {
    identity, requests: Math.floor(requests), errors: Math.floor(errors), ...(slowerThanMs === undefined ? {} : { slow: Math.floor(slow) }),
    ...(traffic.orders?.[identity] === undefined ? {} : { business: { orders: { of: Math.floor(requests), events: Math.floor(orders) } } }),
  }
}

function missingOf({ orders }: FakeTraffic, { candidate }: Arms): Pick<Sample, 'missing'> {
  return orders === undefined || orders[candidate.identity] !== undefined ? {} : { missing: [{ name: 'orders', cause: 'empty', detail: 'no series of `orders_total` is of candidate' }] }
}
