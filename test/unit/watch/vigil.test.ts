/** How often the judge of a watch is wrong: seeded simulations of whole watches, by one process and by looks on a schedule. */
import { describe, expect, test } from '@jest/globals'
import { pastFrom } from '../../../core/domain/past.js'
import type { JudgePolicy } from '../../../core/domain/rollout.js'
import { openVigil, vigilConfig, type Vigil } from '../../../core/domain/vigil.js'
import { fact } from '../../../core/domain/history-decode.js'
import type { Reading, WatchState } from '../../../core/domain/watch-facts.js'
import { policyAgainst } from '../../../core/domain/watching.js'
import { seededDice, type Dice } from '../../support/dice.mjs'

const policy: JudgePolicy = {
  checks: [{ metric: 'errors', name: 'errors', fail: { relative: 1.1, absolute: 0.0005 }, pass: { relative: 1.25, absolute: 0.005 }, warmupMs: 0 }],
  pollMs: 5000, alpha: 0.01, beta: 0.05, minCandidateRequests: 100,
}
const RPS = 50
const watch = { forMs: 3_600_000, everyMs: 30_000 }

interface Service {
  /** Share of bad requests by second of the watch. */
  readonly rate: (second: number) => number
  /** Bad requests come in bunches of so many. */
  readonly bunch?: number
}

/** Knuth's for few; for many a normal one, which nobody can tell from it. */
function poisson(roll: Dice, mean: number): number {
  if (mean > 100) return Math.max(0, Math.round(mean + Math.sqrt(mean) * Math.sqrt(-2 * Math.log(1 - roll.share())) * Math.cos(2 * Math.PI * roll.share())))
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = roll.share(); product > limit; product *= roll.share()) count += 1
  return count
}

/** What has come in so many seconds, as counters that go on from what was there. */
function grown({ requests, bad }: Reading[string], seconds: number, rate: number, bunch: number, roll: Dice): Reading[string] {
  const more = poisson(roll, RPS * seconds)
  return { requests: requests + more, bad: bad + Math.min(more, bunch * poisson(roll, (more * rate) / bunch)) }
}

/** The stable arm over a climb of fifteen minutes, polled every five seconds, with three quarters of the traffic. */
function climbed({ rate, bunch = 1 }: Service, roll: Dice): readonly Reading[] {
  let errors: Reading[string] = { requests: 0, bad: 0 }
  return Array.from({ length: 180 }, () => ({ errors: (errors = grown(errors, 5 * 0.75, rate(-1), bunch, roll)) }))
}

/** The second at which the watch failed the release; `lookEvery` of 300: by looks on a schedule, each in a process of its own. */
function failedAt(seed: number, service: Service, lookEvery: number): number | undefined {
  const roll = seededDice(seed)
  const before = pastFrom(climbed(service, roll), policy.checks)
  const { policy: against } = policyAgainst(before, policy)
  const config = vigilConfig(against, before, watch)
  let counters = { requests: 0, bad: 0 }
  let vigil: Vigil = openVigil(config, against.checks)
  const looked = (second: number): 'FAIL' | 'suspect' | 'ok' => {
    const { decision, lean } = vigil.observe({ kind: 'sample', at: second * 1000, candidate: { identity: 'v1', requests: counters.requests, errors: counters.bad } })
    return decision === 'FAIL' ? 'FAIL' : lean
  }
  const scheduled = lookEvery > 30
  const next = (from: number, seconds: number): 'FAIL' | 'suspect' | 'ok' => {
    counters = grown(counters, seconds, service.rate(from), service.bunch ?? 1, roll)
    return looked(from + seconds)
  }
  looked(0)
  for (let at = 0; at < 3600; ) {
    if (scheduled) vigil = openVigil(config, against.checks, { state: handedOn(vigil) })
    let found = next(at, lookEvery)
    at += lookEvery
    // As a look does it: one that suspects something stays for a few polls.
    for (let polls = scheduled ? 1 : 10; found === 'suspect' && polls < 10; polls += 1) {
      found = next(at, 15)
      at += 15
    }
    if (found === 'FAIL') return at
  }
  return undefined
}

/** The state as it comes out of a ledger again. */
function handedOn(vigil: Vigil): WatchState {
  const state = { settings: '', before: {}, labels: {}, ...vigil.state(), samples: 1, sampledAt: 0 }
  const run = { id: '1', attempt: 1, actor: '', workflow: '', job: '', url: '', host: '', pid: 1, started: '' }
  const read = fact(JSON.parse(JSON.stringify({ type: 'watching', at: 0, delivery: '1', run, until: 0, state })), 'fact')
  if (read.type !== 'watching' || read.state === undefined) throw new Error('the state is lost')
  return read.state
}

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
