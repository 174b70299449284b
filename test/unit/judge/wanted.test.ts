/** Checks of what is wanted: fewer orders than stable speak against the candidate. What the judge promises holds for them as well. */
import { describe, expect, test } from '@jest/globals'
import { createJudge, judgeConfigProblems, PRESET_MARGINS, requestsToDecide, type CheckSample, type CheckSpec, type JudgeConfig, type JudgeVerdict } from '../../../core/domain/judge/index.js'
import { checkRules, newCheckState, observeCheck } from '../../../core/domain/judge/check.js'
import { readCounts } from '../../../core/domain/judge/counts.js'
import { logFailEvidence, logPassEvidence } from '../../../core/domain/judge/evidence.js'
import { settle } from '../../../core/domain/judge/problems.js'
import { median, simulateDecision, traffic, type TrafficSpec } from '../../support/traffic.js'

/** At most so much less than stable (a fraction). */
const less = (fraction: number): CheckSpec['fail'] => ({ r: 1 / (1 - fraction), d: 0 })
const orders = (fail: number, pass = fail): CheckSpec => ({ name: 'orders', wanted: true, fail: less(fail), pass: less(pass) })
const refunds = (fail: number, pass = fail): CheckSpec => ({ name: 'refunds', fail: { r: 1 + fail, d: 0 }, pass: { r: 1 + pass, d: 0 } })

const RUNS = 200
const seeds = Array.from({ length: RUNS }, (_, index) => index + 1)

/** The strongest evidence of one run, with a look every second: of a check alone, without what else the judge waits for before it speaks. */
function strongest(check: CheckSpec, spec: Omit<TrafficSpec, 'pollSeconds' | 'seed'>, seed: number, of: typeof logFailEvidence): number {
  const settings = settle({ alpha: ALPHA, beta: BETA, checks: [check], horizonBlocks: SECONDS })
  const rules = checkRules(settings.checks[0]!, settings)
  const state = newCheckState(settings)
  const source = traffic({ ...spec, pollSeconds: 1, seed })
  let most = -Infinity
  for (let t = 0; t < SECONDS; t += 1) {
    observeCheck(state, rules, settings, { t, start: 0, weight: spec.weight }, readCounts({ it: source.next().value.counters }, 'it'))
    most = Math.max(most, of(state.evidence))
  }
  return most
}

const ALPHA = 0.05
const BETA = 0.05
const SECONDS = 80

describe('a candidate within tolerance is failed in at most alpha of 200 runs, with a look every second', () => {
  test.each([
    ['as many orders', orders(0), 50, 0.05, 0.05, 0.05],
    ['as many orders, half of the traffic', orders(0), 50, 0.5, 0.02, 0.02],
    ['a tenth fewer where a tenth is allowed', orders(0.1), 100, 0.1, 0.05, 0.045],
    ['half of them where half is allowed', orders(0.5), 100, 0.25, 0.02, 0.01],
    ['nine of ten requests are an order', orders(0.1), 50, 0.25, 0.9, 0.81],
    ['orders of one request in a thousand', orders(0.2), 200, 0.05, 0.001, 0.0008],
    ['a tenth and a point fewer, where that is allowed', { ...orders(0.1), fail: { r: 1 / 0.9, d: 0.01 } }, 100, 0.25, 0.05, 0.036],
    ['a tenth more refunds where a tenth is allowed', refunds(0.1), 100, 0.1, 0.05, 0.055],
    ['twice the refunds where twice is allowed', refunds(1), 100, 0.25, 0.005, 0.01],
  ])('%s', (_, check, rps, weight, stableRate, candidateRate) => {
    const failed = seeds.filter((seed) => strongest(check, { rps, weight, stableRate, candidateRate }, seed, logFailEvidence) >= Math.log(1 / ALPHA))
    expect(failed.length / RUNS).toBeLessThanOrEqual(ALPHA)
  })

  test('also together with all the other checks: they share one alpha', () => {
    const checks = [{ name: 'errors', fail: { r: 1, d: 0 } }, orders(0.1), refunds(0.1), { ...orders(0.2), name: 'logins' }]
    const rates = [[0.01, 0.01], [0.05, 0.045], [0.05, 0.055], [0.2, 0.16]] as const
    const some = seeds.slice(0, 40)
    expect(some.filter((seed) => together(checks, rates, seed, ALPHA)).length / some.length).toBeLessThanOrEqual(ALPHA)
  })

  function together(checks: readonly CheckSpec[], rates: readonly (readonly [number, number])[], seed: number, level: number): boolean {
    const judge = createJudge({ alpha: level, checks, horizonBlocks: 100 })
    const sources = rates.map(([stableRate, candidateRate], index) => traffic({ rps: 100, weight: 0.25, stableRate, candidateRate, pollSeconds: 1, seed: seed * 10 + index }))
    return Array.from({ length: 100 }, (_, t) => judge.observe(t, Object.fromEntries(sources.map((source, index) => [checks[index]!.name, source.next().value.counters] as const)), 0.25)).some(({ decision }) => decision === 'FAIL')
  }
})

describe('a candidate beyond tolerance passes in at most beta of 200 runs', () => {
  test.each([
    ['three quarters of the orders, where that is the margin', orders(0.1, 0.25), 0.05, 0.0375],
    ['a quarter more refunds, where that is the margin', refunds(0.1, 0.25), 0.05, 0.0625],
  ])('%s', (_, check, stableRate, candidateRate) => {
    const passed = seeds.filter((seed) => strongest(check, { rps: 100, weight: 0.25, stableRate, candidateRate }, seed, logPassEvidence) >= Math.log(1 / BETA))
    expect(passed.length / RUNS).toBeLessThanOrEqual(BETA)
  })
})

describe('what is beyond tolerance is found', () => {
  const some = seeds.slice(0, 31)
  const alone = (check: CheckSpec): JudgeConfig => ({ checks: [{ name: 'errors', ...PRESET_MARGINS }, check] })
  test.each([
    ['no orders any more, 2 % of 50 requests a second, at 5 %', orders(0.1), 50, 0.05, 0.02, 0, 330],
    ['half of the orders, 5 % of 200 requests a second, at 25 %', orders(0.1), 200, 0.25, 0.05, 0.025, 40],
    ['half of nine tenths of the requests, at 5 %', orders(0.1), 50, 0.05, 0.9, 0.45, 45],
    ['three times the refunds, 1 % of 200 requests a second, at 25 %', refunds(0.1), 200, 0.25, 0.01, 0.03, 30],
  ])('%s', (_, check, rps, weight, stableRate, candidateRate, seconds) => {
    const times = some.map((seed) => detected(alone(check), { rps, weight, stableRate, candidateRate, pollSeconds: 1, seed }, 900))
    expect(times.filter((time) => time === undefined)).toEqual([])
    expect(median(times)).toBeLessThanOrEqual(seconds)
  })

  test('what is as before passes', () => {
    const config = { checks: [orders(0.1, 0.25)] }
    const spec = { rps: 200, weight: 0.25, stableRate: 0.05, candidateRate: 0.05, pollSeconds: 1, maxSeconds: 900, config }
    const times = some.map((seed) => simulateDecision({ ...spec, seed }, 'PASS'))
    expect(times.filter((time) => time !== undefined).length).toBeGreaterThan(29)
    // As many as the plan says: the mean of the candidate's requests, by a mean rate.
    const planned = requestsToDecide({ stableRate: 0.05, candidateRate: 0.05, tolerance: less(0.25), exposure: 3, verdict: 'pass', level: 0.05 })! / 3
    expect(median(times)).toBeGreaterThan(planned / 50 / 2)
    expect(median(times)).toBeLessThan((planned / 50) * 2)
  })

  /** Every request is fine, as far as errors go. */
  function detected(config: JudgeConfig, spec: Parameters<typeof traffic>[0], limit: number): number | undefined {
    const judge = createJudge({ ...config, horizonBlocks: limit, maxSeconds: limit })
    for (const { t, counters } of traffic(spec)) {
      const fine = (arm: CheckSample['stable']): CheckSample['stable'] => ({ ...arm, bad: 0 })
      const { decision } = judge.observe(t, { errors: { stable: fine(counters.stable), candidate: fine(counters.candidate) }, [config.checks[1]!.name]: counters }, spec.weight)
      if (decision === 'FAIL') return t
      if (t >= limit) return undefined
    }
    return undefined
  }
})

describe('the evidence', () => {
  const spec = { rps: 100, weight: 0.25, stableRate: 0.05, candidateRate: 0.03, pollSeconds: 1, seed: 7 }
  const polls = (config: JudgeConfig, arms: (counters: CheckSample) => CheckSample): readonly JudgeVerdict[] => {
    const judge = createJudge(config)
    const source = traffic(spec)
    return Array.from({ length: 60 }, () => source.next().value).map(({ t, counters }) => judge.observe(t, { orders: arms(counters) }))
  }

  test('is that of a plain check whose arms have changed places, number by number', () => {
    // Bursts are learnt from the arms as they are, so they are left out of the comparison.
    const tuning = { dispMax: 1 }
    const wanted = polls({ ...tuning, checks: [orders(0.1, 0.25)] }, (counters) => counters)
    const { wanted: _, ...plain } = orders(0.1, 0.25)
    const mirrored = polls({ ...tuning, checks: [plain] }, ({ stable, candidate }) => ({ stable: candidate, candidate: stable }))
    expect(wanted.map(({ logEFail, logEPassMin }) => [logEFail, logEPassMin])).toEqual(mirrored.map(({ logEFail, logEPassMin }) => [logEFail, logEPassMin]))
  })

  test('is shown by the arms as they are, beside the least that was asked for', () => {
    const { totals, allowedBad, above } = polls({ checks: [orders(0.1)] }, (counters) => counters).at(-1)!.checks[0]!
    expect(totals.stable.requests).toBeGreaterThan(2 * totals.candidate.requests)
    const expected = (totals.candidate.requests * totals.stable.bad) / totals.stable.requests
    expect(allowedBad / expected).toBeGreaterThan(0.85)
    expect(allowedBad / expected).toBeLessThan(0.95)
    expect([totals.candidate.bad < allowedBad, above]).toEqual([true, true])
  })

  test('waits for as many events of stable as it waits for bad requests of the candidate elsewhere', () => {
    const judge = createJudge({ checks: [orders(0)] })
    const look = (t: number, ordered: number): JudgeVerdict['checks'][number] => judge.observe(t, { orders: { stable: { requests: 100 * t, bad: ordered }, candidate: { requests: 10_000 * t, bad: 0 } } }).checks[0]!
    look(0, 0)
    look(1, 2)
    expect(look(2, 4)).toMatchObject({ logEFailGuarded: 0, logEFail: expect.any(Number) })
    expect(look(3, 6).logEFailGuarded).toBeGreaterThan(0)
  })

  test('goes on from a snapshot, and a ceiling of what is wanted is refused', () => {
    const config = { checks: [orders(0.1)] }
    expect(createJudge(config).snapshot().settings.checks[0]).toMatchObject({ name: 'orders', wanted: true })
    expect(createJudge({ checks: [{ name: 'errors', ...PRESET_MARGINS }] }).snapshot().settings.checks[0]).not.toHaveProperty('wanted')
    expect(judgeConfigProblems({ checks: [{ name: 'orders', wanted: true, fail: { r: 0, d: 0.01 } }] })).toEqual(['check "orders": what is wanted needs an `r` above 0, there is no ceiling of it'])
  })
})
