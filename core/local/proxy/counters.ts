import { latencyBounds, type ArmReport } from '../../domain/local-control/index.js'

export type CountedEnd = 'answered' | 'failed' | 'aborted'

/** What one instance answered, as seen by the proxy. */
export interface Counters {
  count(end: CountedEnd, elapsedMs: number): void
  countRetry(): void
  report(): Omit<ArmReport, 'arm' | 'instance' | 'version'>
}

export function newCounters(): Counters {
  const latency = Array.from({ length: latencyBounds.length + 1 }, () => 0)
  const total = { requests: 0, errors: 0, aborted: 0, retried: 0, latencySumMs: 0 }
  return {
    count: (end, elapsedMs) => {
      total.requests += 1
      if (end === 'failed') total.errors += 1
      if (end === 'aborted') total.aborted += 1
      total.latencySumMs += elapsedMs
      const bucket = latencyBounds.findIndex((bound) => elapsedMs <= bound)
      latency[bucket === -1 ? latencyBounds.length : bucket]! += 1
    },
    countRetry: () => {
      total.retried += 1
    },
    report: () => ({ ...total, latency: [...latency] }),
  }
}
