import type { Fact } from '../../../core/domain/history.js'
import type { JudgePolicy } from '../../../core/domain/rollout.js'
import { FlowLab, type Place } from '../../support/flow-lab.js'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

/** `v1` has all traffic since a moment ago, by a canary that counted what `v0` had; it is to be watched for an hour. */
export async function released(place: Place = {}, prepare: (lab: FlowLab) => void = () => undefined): Promise<FlowLab> {
  const lab = new FlowLab()
  prepare(lab)
  lab.place = { watch: { forMs: HOUR, everyMs: 30_000, onFail: 'rollback' }, ...place }
  await lab.served('v0')
  const { reason } = await lab.promote('v1')
  if (reason !== 'promoted') throw new Error(`v1 is not promoted: ${reason}`)
  lab.journal.length = 0
  return lab
}

export function beforeWatch(metric: 'errors' | 'latency'): JudgePolicy {
  const check = { metric, name: metric, fail: { relative: 1.1, absolute: 0.01 }, pass: { relative: 1.25, absolute: 0.05 }, warmupMs: 0 } as const
  return { checks: [check], slowerThanMs: 300, pollMs: 1000, alpha: 0.01, beta: 0.05, minCandidateRequests: 100 }
}

export function watchFacts(lab: FlowLab): readonly Fact[] {
  return (lab.store.get('production')?.history().facts ?? []).filter(({ type }) => type === 'past' || type === 'watching' || type === 'watched')
}
