/** How often the judge of a watch is wrong: seeded simulations of whole watches, by one process and by looks on a schedule. */
import { describe, expect, test } from '@jest/globals'
import { pastFrom } from '../../../core/domain/past.js'
import { openVigil, vigilConfig } from '../../../core/domain/vigil.js'
import { policyAgainst } from '../../../core/domain/watching.js'
import { seededDice } from '../../support/dice.mjs'
import { climbed, failedAt, grown, handedOn, policy, watch, type Service } from '../../support/watches.js'

const seeds = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1)
const steady = (rate: number): Service => ({ rate: () => rate })

describe.each([['by one process', 30], ['by a look every five minutes', 300]] as const)('%s', (_, lookEvery) => {
  const alarms = (service: Service, runs = 200): readonly number[] => seeds(runs).flatMap((seed) => failedAt(seed, service, lookEvery) ?? [])

  test.each([[0.01, 200], [0.001, 60], [0.05, 60]])('a release that is as good as the one before, at a rate of %d, is not failed in %d hours', (rate, runs) => {
    // None of 200 says with 95 % that it happens in fewer than 1.5 % of watches; `alpha` is 1 %.
    expect(alarms(steady(rate), runs)).toEqual([])
  })

  test('nor is one whose errors come in bunches of five', () => {
    expect(alarms({ rate: () => 0.01, bunch: 5 }, 60).length).toBeLessThanOrEqual(1)
  })

  test('one that fails three times as often is found, soon after it began to', () => {
    for (const onset of [0, 1500]) {
      const found = seeds(20).map((seed) => failedAt(seed, { rate: (second) => (second >= onset ? 0.03 : 0.01) }, lookEvery))
      expect(found.every((at) => at !== undefined && at >= onset)).toBe(true)
      const delays = found.map((at) => (at ?? Infinity) - onset).toSorted((a, b) => a - b)
      expect(delays[10]).toBeLessThanOrEqual(lookEvery === 30 ? 240 : 600)
    }
  })

  test('an outage is found at once', () => {
    const found = seeds(20).map((seed) => failedAt(seed, { rate: (second) => (second >= 1500 ? 0.5 : 0.01) }, lookEvery))
    expect(Math.max(...found.map((at) => (at ?? Infinity) - 1500))).toBeLessThanOrEqual(lookEvery === 30 ? 90 : 330)
  })
})

test('evidence that is handed on is the same to the last digit as evidence that is kept', () => {
  const roll = seededDice(1)
  const before = pastFrom(climbed(steady(0.01), roll), policy.checks)
  const { policy: against } = policyAgainst(before, policy)
  const config = vigilConfig(against, before, watch)
  const kept = openVigil(config, against.checks)
  let passed = openVigil(config, against.checks)
  let counters = { requests: 0, bad: 0 }
  for (let second = 0; second <= 3600; second += 300) {
    const sample = { kind: 'sample' as const, at: second * 1000, candidate: { identity: 'v1', requests: counters.requests, errors: counters.bad } }
    expect(passed.observe(sample)).toEqual(kept.observe(sample))
    passed = openVigil(config, against.checks, { state: handedOn(passed) })
    counters = grown(counters, 300, 0.012, 1, roll)
  }
})
