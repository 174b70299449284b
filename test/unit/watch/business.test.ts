/** Metrics of the user's own after 100 %: nobody is there to compare them with, and the watch says so. */
import { expect, test } from '@jest/globals'
import type { WatchOutcome } from '../../../actions/watch-release/outcome.js'
import type { MetricCheck } from '../../../core/domain/rollout.js'
import type { FlowLab } from '../../support/flow-lab.js'
import { beforeWatch, released, watchFacts } from './lab.js'

const orders: MetricCheck = { metric: 'business', name: 'orders', wanted: true, fail: { relative: 1 / 0.9, absolute: 0 }, pass: { relative: 1 / 0.75, absolute: 0 }, warmupMs: 0 }
const texts = ({ summary }: WatchOutcome): readonly string[] => summary.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []))

async function selling(checks: readonly MetricCheck[]): Promise<FlowLab> {
  return released({ judge: { ...beforeWatch('errors'), checks } }, (lab) => {
    lab.traffic.orders = { v0: 0.05, v1: 0.05 }
  })
}

test('are left out of the watch by name, and everything else is watched', async () => {
  const lab = await selling([...beforeWatch('errors').checks, orders])
  lab.traffic.orders!['v1'] = 0
  const outcome = await lab.watch()
  expect(outcome).toMatchObject({ ok: true, reason: 'watched' })
  expect(texts(outcome)).toContain('Not watched, because it is only ever compared with a release that serves beside (canary-promote does): orders.')
  expect(JSON.stringify(watchFacts(lab))).not.toContain('orders')
})

test('that are all there is to judge by leave nothing to watch, and that is said', async () => {
  const lab = await selling([orders])
  expect(await lab.watch()).toMatchObject({ ok: false, reason: 'no-past', message: 'Nothing of v1 can be watched: orders can only be compared with a release that serves beside. Leave `triggers.high-error-rate` on.' })
})
