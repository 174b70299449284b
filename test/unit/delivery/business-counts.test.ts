/** What of a server's answer becomes counters of the user's own. */
import { expect, test } from '@jest/globals'
import type { Arm } from '../../../core/domain/platform.js'
import type { ArmCounters } from '../../../core/domain/sample.js'
import { businessCounts, businessQuestions } from '../../../core/drivers/metrics/prometheus/business.js'

const stable: Arm = { name: 'stable', identity: 'v1', labels: {} }
const candidate: Arm = { name: 'candidate', identity: 'v2', labels: {} }
const given = { label: 'version', holds: 'identity', select: ['job="shop"'], business: [{ name: 'orders', events: { metric: 'orders_total', matchers: [] } }] }

type Told = Readonly<Record<'v1' | 'v2', readonly [value: number, at: number] | undefined>>

function looker(): (told: Told) => Promise<unknown> {
  const counts = businessCounts(given, () => 90_000)
  const requests: { readonly stable: ArmCounters; readonly candidate: ArmCounters } = { stable: { identity: 'v1', requests: 100, errors: 0 }, candidate: { identity: 'v2', requests: 10, errors: 0 } }
  return async (told) => {
    const of = (part: string): readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[] => (['v1', 'v2'] as const)
      .flatMap((version) => (told[version] === undefined ? [] : [{ labels: { version }, value: told[version][part.endsWith('times') ? 1 : 0] }]))
    const { candidate: own, missing } = await counts.counted(requests, { stable, candidate }, { of, serverNow: 1_000_000 }, async (silence) => silence)
    return missing ?? own.business
  }
}

test('counts of both arms, as they grow', async () => {
  const look = looker()
  expect(await look({ v1: [50, 999], v2: [5, 999] })).toEqual({ orders: { of: 10, events: 5 } })
  expect(await look({ v1: [60, 1000], v2: [2, 1000] })).toEqual({ orders: { of: 10, events: 7 } })
})

test('counts that are older than those before are of another server, and are forgotten', async () => {
  const look = looker()
  await look({ v1: [50, 999], v2: [5, 999] })
  expect(await look({ v1: [45, 990], v2: [4, 999] })).toEqual([{ name: 'orders', cause: 'went-backwards', detail: '`orders_total` is 9.0 s older than before: several servers behind one address?' }])
  // Four after five would have been a process that started again.
  expect(await look({ v1: [60, 1000], v2: [6, 1000] })).toEqual({ orders: { of: 10, events: 6 } })
})

test.each<[string, Told, string, string]>([
  ['of one arm alone', { v1: undefined, v2: [5, 999] }, 'empty', 'no series of `orders_total{}` is of stable (version="v1"), not even one at zero'],
  ['that are no number', { v1: [50, 999], v2: [Number.NaN, 999] }, 'malformed', '`orders_total{}` of candidate (version="v2") is no count'],
  ['below zero', { v1: [-50, 999], v2: [5, 999] }, 'malformed', '`orders_total{}` of stable (version="v1") is no count'],
  ['without a time', { v1: [50, Number.NaN], v2: [5, 999] }, 'malformed', '`orders_total{}` of stable (version="v1") has no time'],
  ['that are old', { v1: [50, 999], v2: [5, 800] }, 'stale', '`orders_total{}` of candidate (version="v2") was last scraped 200 s ago'],
])('counts %s are none, never zero', async (_, told, cause, detail) => {
  expect(await looker()(told)).toEqual([{ name: 'orders', cause, detail }])
})

test('nothing is asked where no other release is beside', () => {
  expect(businessQuestions({ candidate }, given)).toEqual({})
  expect(Object.values(businessQuestions({ stable, candidate }, given))).toEqual(['orders_total{job="shop",version=~"v2|v1"}', 'timestamp(orders_total{job="shop",version=~"v2|v1"})'])
})
