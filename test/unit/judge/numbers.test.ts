import { describe, expect, test } from '@jest/globals'
import { FAIL_EFFECTS, logFactor, PASS_EFFECTS } from '../../../core/domain/judge/factor.js'
import {
  exposureRatio, growth, leastRequestsToPass, planRequests, PRESET_MARGINS, rateInterval, requestsToDecide,
} from '../../../core/domain/judge/index.js'
import { logAddExp, logGamma, logSumExp } from '../../../core/domain/judge/numerics.js'
import { poisson, seededRandom } from '../../support/traffic.js'

describe('numerics', () => {
  test('−∞ is zero', () => {
    expect(logAddExp(-Infinity, -Infinity)).toBe(-Infinity)
    expect(logAddExp(-Infinity, 2)).toBe(2)
    expect(logAddExp(2, -Infinity)).toBe(2)
    expect(logSumExp([])).toBe(-Infinity)
    expect(logSumExp([-Infinity, 1])).toBe(1)
  })

  test('ln Γ of whole numbers, and below ½', () => {
    expect(logGamma(5)).toBeCloseTo(Math.log(24), 12)
    expect(logGamma(0.25)).toBeCloseTo(1.2880225246980774, 12)
  })
})

describe('the e-value of a block', () => {
  const binomial = (n: number, p: number): readonly number[] => {
    const weights = [(1 - p) ** n]
    for (let k = 1; k <= n; k += 1) weights.push(((weights[k - 1] ?? 0) * (n - k + 1) * p) / (k * (1 - p)))
    return weights
  }

  test('has a mean of at most 1 under its hypothesis, whatever the design', () => {
    const random = seededRandom(11)
    for (let run = 0; run < 200; run += 1) {
      const [mB, mC] = [1 + Math.floor(random() * 12), 1 + Math.floor(random() * 12)]
      const tolerance = { r: random() * 2, d: random() * 0.2 }
      const pB = random() * 0.4
      const boundary = Math.min(0.95, tolerance.r * pB + tolerance.d)
      const phi = 1 + (run % 3)
      const mean = (eta: number, pC: number): number => {
        let sum = 0
        for (const [xB, wB] of binomial(mB, pB).entries()) {
          for (const [xC, wC] of binomial(mC, pC).entries()) {
            sum += wB * wC * Math.exp(logFactor(eta, tolerance, { mB, xB, mC, xC }) / phi)
          }
        }
        return sum
      }
      for (const eta of FAIL_EFFECTS) expect(mean(eta, boundary * random())).toBeLessThanOrEqual(1 + 1e-9)
      if (boundary === 0.95) continue
      for (const eta of PASS_EFFECTS) expect(mean(eta, boundary + (0.99 - boundary) * random())).toBeLessThanOrEqual(1 + 1e-9)
    }
  })
})

describe('planner', () => {
  const pass = { stableRate: 0, candidateRate: 0, tolerance: { r: 1.25, d: 0.005 }, exposure: exposureRatio(0.05), level: 0.05 }

  test('agrees with the table of the specification', () => {
    expect(planRequests({ ...pass, verdict: 'pass' })).toBeCloseTo(899, 0)
    const fail = { stableRate: 0.01, candidateRate: 0.02, tolerance: PRESET_MARGINS.fail, exposure: exposureRatio(0.05), level: 0.01 }
    expect(planRequests({ ...fail, verdict: 'fail' })).toBeCloseTo(3163, 0)
    expect(planRequests({ ...fail, verdict: 'fail', dispersion: 2 })).toBeCloseTo(2 * planRequests({ ...fail, verdict: 'fail' }), 6)
  })

  test('knows what no traffic can decide', () => {
    expect(requestsToDecide({ ...pass, verdict: 'fail' })).toBeUndefined()
    expect(requestsToDecide({ ...pass, verdict: 'pass', tolerance: { r: 1.1, d: 0 } })).toBeUndefined()
    expect(requestsToDecide({ ...pass, verdict: 'pass', candidateRate: 0.02 })).toBeUndefined()
    expect(requestsToDecide({ ...pass, verdict: 'pass' })).toBeCloseTo(899, 0)
    expect(leastRequestsToPass(PRESET_MARGINS.pass, 0.05)).toBeCloseTo(599.15, 1)
    expect(leastRequestsToPass({ r: 1.1, d: 0 }, 0.05)).toBe(Infinity)
  })

  test('growth at the corners is a number', () => {
    for (const stableRate of [0, 0.01]) for (const candidateRate of [0, 0.01, 1]) for (const r of [0, 1, 1.5]) for (const d of [0, 0.02]) {
      if (r + d === 0) continue
      expect(growth({ stableRate, candidateRate, tolerance: { r, d }, exposure: 0.3 }).nats).toBeGreaterThanOrEqual(-1e-12)
    }
  })
})

describe('interval', () => {
  test('holds the rate, stays in [0, 1], narrows with data and widens with bursts', () => {
    expect(rateInterval(0, 0, 1, 0.05)).toEqual([0, 1])
    for (const [bad, requests] of [[0, 10], [1, 1], [5, 5], [3, 1000], [0.5, 7.25]] as const) {
      const [low, high] = rateInterval(bad, requests, 1, 0.05)
      expect(low).toBeGreaterThanOrEqual(0)
      expect(high).toBeLessThanOrEqual(1)
      expect(low).toBeLessThanOrEqual(bad / requests)
      expect(high).toBeGreaterThanOrEqual(bad / requests)
    }
    const width = ([low, high]: readonly [number, number]): number => high - low
    expect(width(rateInterval(100, 1e4, 1, 0.05))).toBeLessThan(width(rateInterval(10, 1e3, 1, 0.05)))
    expect(width(rateInterval(100, 1e4, 4, 0.05))).toBeGreaterThan(width(rateInterval(100, 1e4, 1, 0.05)))
  })
})

describe('simulated traffic', () => {
  test.each([0, 0.05, 3, 40, 1700])('Poisson counts of mean %d have that mean and variance', (mean) => {
    const random = seededRandom(5)
    const draws = Array.from({ length: 4000 }, () => poisson(mean, random))
    const average = draws.reduce((sum, n) => sum + n, 0) / draws.length
    const variance = draws.reduce((sum, n) => sum + (n - average) ** 2, 0) / draws.length
    expect(Math.abs(average - mean)).toBeLessThanOrEqual(4 * Math.sqrt(mean / draws.length))
    expect(Math.abs(variance - mean)).toBeLessThanOrEqual(0.15 * mean)
  })
})
