/** What the judge promises, measured on seeded traffic. */
import { describe, expect, test } from '@jest/globals'
import { createJudge, PRESET_MARGINS, type CheckSpec, type JudgeConfig, type JudgeVerdict } from '../../../core/domain/judge/index.js'
import { median, seededRandom, simulateDecision, simulateDetection, traffic, type DetectionSpec } from '../../support/traffic.js'

function runs<T>(count: number, run: (seed: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, i) => run(i + 1))
}

function share(results: readonly (number | undefined)[]): number {
  return results.filter((seconds) => seconds !== undefined).length / results.length
}

describe('false alarms', () => {
  const zero: JudgeConfig = { alpha: 0.05, checks: [{ name: 'errors', fail: { r: 1, d: 0 } }] }
  test.each([
    [5, 0.05, 0.01], [50, 0.05, 0.01], [50, 0.5, 0.05], [200, 0.25, 0.001],
  ])('%i rps, weight %d, both arms at %d: at most alpha with a look every second', (rps, weight, rate) => {
    const spec = { rps, weight, stableRate: rate, candidateRate: rate, pollSeconds: 1, maxSeconds: 200, config: zero }
    expect(share(runs(100, (seed) => simulateDetection({ ...spec, seed })))).toBeLessThanOrEqual(0.05)
  })

  test('a candidate exactly on the PASS margin passes at most in beta of the runs', () => {
    const spec = { rps: 200, weight: 0.5, stableRate: 0.01, candidateRate: 0.0175, pollSeconds: 1, maxSeconds: 200 }
    const config = { checks: [{ name: 'errors', fail: { r: 3, d: 0.1 }, pass: PRESET_MARGINS.pass }] }
    expect(share(runs(100, (seed) => simulateDecision({ ...spec, seed, config }, 'PASS')))).toBeLessThanOrEqual(0.05)
  })

  test('the preset lets a healthy candidate pass', () => {
    const spec = { rps: 200, weight: 0.25, stableRate: 0.001, candidateRate: 0.001, pollSeconds: 1, maxSeconds: 200 }
    expect(share(runs(101, (seed) => simulateDecision({ ...spec, seed }, 'PASS')))).toBeGreaterThan(0.98)
  })
})

describe('detection at 5 % weight, preset, a look every second', () => {
  const spec: Omit<DetectionSpec, 'seed' | 'rps' | 'candidateRate'> = { weight: 0.05, stableRate: 0.001, pollSeconds: 1, maxSeconds: 200 }
  test.each([
    ['everything fails at 50 rps', 50, 1, 5],
    ['a fifth fails at 200 rps', 200, 0.2, 6],
    ['a fifth fails at 50 rps', 50, 0.2, 15],
  ])('%s', (_, rps, candidateRate, limit) => {
    const seconds = runs(101, (seed) => simulateDetection({ ...spec, rps, candidateRate, seed }))
    expect(median(seconds)).toBeLessThanOrEqual(limit)
    expect(share(seconds)).toBe(1)
  })
})

describe('several metrics', () => {
  const checks: readonly CheckSpec[] = [
    { name: 'errors', ...PRESET_MARGINS },
    { name: 'slow', fail: { r: 1.2, d: 0.01 }, weight: 2 },
    { name: 'slo', fail: { r: 0, d: 0.05 }, weight: 0.5 },
  ]

  function judged(order: readonly CheckSpec[], seed: number): readonly JudgeVerdict[] {
    const judge = createJudge({ checks: order })
    const sources = [0.01, 0.03, 0.02].map((candidateRate, i) =>
      traffic({ rps: 60, weight: 0.25, stableRate: 0.01, candidateRate, pollSeconds: 1, seed: seed * 10 + i }))
    return Array.from({ length: 120 }, (_, t) => {
      const entries = sources.map((source, i) => [checks[i]?.name ?? '', source.next().value.counters] as const)
      return judge.observe(t, Object.fromEntries(entries), 0.25)
    })
  }

  test.each([1, 2, 3, 4, 5])('their order is irrelevant (seed %i)', (seed) => {
    const random = seededRandom(seed)
    const shuffled = checks.map((check) => ({ check, key: random() })).toSorted((a, b) => a.key - b.key).map(({ check }) => check)
    const [straight, mixed] = [judged(checks, seed), judged(shuffled.toReversed(), seed)]
    for (const [t, verdict] of straight.entries()) {
      const other = mixed[t]
      expect([other?.decision, other?.lean]).toEqual([verdict.decision, verdict.lean])
      expect(other?.logEFail).toBeCloseTo(verdict.logEFail, 9)
      expect(other?.checks.toSorted((a, b) => a.name.localeCompare(b.name)))
        .toEqual(verdict.checks.toSorted((a, b) => a.name.localeCompare(b.name)))
    }
  })
})
