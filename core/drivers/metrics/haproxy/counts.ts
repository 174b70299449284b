import type { EdgeArmState } from '../../../domain/edge-control/index.js'
import { latencyBounds } from '../../../domain/latency-bounds.js'

export type Counts = Pick<EdgeArmState, 'requests' | 'errors' | 'latency'>

/** Counters by instance that only ever grow: where the edge began anew, what it counts from then on is added to what is known. */
export function memoryOfCounts(): { grown(now: EdgeArmState): Counts | undefined } {
  const known = new Map<string, { readonly last: Counts; readonly lost: Counts }>()
  // One more than bounds: the last bucket takes the rest.
  const none: Counts = { requests: 0, errors: 0, latency: Array.from({ length: latencyBounds.length + 1 }, () => 0) }
  return {
    grown(now) {
      const { last = none, lost = none } = known.get(now.instance) ?? {}
      const fell = now.requests < last.requests || now.errors < last.errors || now.latency.some((count, index) => count < (last.latency[index] ?? 0))
      // From here on it is counted; what came between the two readings is lost, which is said once.
      known.set(now.instance, { last: now, lost: fell ? minus(plus(lost, last), now) : lost })
      return fell ? undefined : plus(now, lost)
    },
  }
}

function plus(one: Counts, other: Counts): Counts {
  return both(one, other, (a, b) => a + b)
}

function minus(one: Counts, other: Counts): Counts {
  return both(one, other, (a, b) => a - b)
}

function both(one: Counts, other: Counts, of: (a: number, b: number) => number): Counts {
  return { requests: of(one.requests, other.requests), errors: of(one.errors, other.errors), latency: one.latency.map((count, index) => of(count, other.latency[index] ?? 0)) }
}

export function slowerThan({ latency }: Counts, ms: number): number {
  const within = latencyBounds.findIndex((bound) => bound === ms)
  return latency.slice(within + 1).reduce((sum, count) => sum + count, 0)
}
