import { describe, expect, test } from '@jest/globals'
import { createJudge, PRESET_MARGINS, type Judge, type JudgeSample, type JudgeVerdict } from '../../../core/domain/judge/index.js'

const PRESET = { checks: [{ name: 'errors', ...PRESET_MARGINS }] }

function reading(stable: readonly [number, number], candidate: readonly [number, number]): JudgeSample {
  return {
    errors: { stable: { requests: stable[0], bad: stable[1] }, candidate: { requests: candidate[0], bad: candidate[1] } },
  }
}

/** Polls 1 s apart with the same increments each, after a first poll of zeros at `from`. */
function feed(judge: Judge, polls: number, perPoll: readonly [number, number, number, number], from = 0): readonly JudgeVerdict[] {
  const [mB, xB, mC, xC] = perPoll
  return Array.from({ length: polls + 1 }, (_, i) => judge.observe(from + i, reading([mB * i, xB * i], [mC * i, xC * i]), 0.05))
}

function decisions(verdicts: readonly JudgeVerdict[]): readonly string[] {
  return verdicts.map((verdict) => verdict.decision)
}

describe('judge', () => {
  test('the worked example of the specification', () => {
    const judge = createJudge({ checks: [{ name: 'errors', fail: { r: 1.1, d: 0.001 } }] })
    const verdicts = feed(judge, 3, [238, 0, 12, 12])
    expect(decisions(verdicts)).toEqual(['CONTINUE', 'CONTINUE', 'CONTINUE', 'FAIL'])
    const [, first, second, third] = verdicts
    expect(first?.logEFail).toBeCloseTo(1.6373621432997452, 9)
    expect(second?.logEFail).toBeCloseTo(3.093024646153087, 9)
    expect(third?.logEFail).toBeCloseTo(4.610143888392591, 9)
  })

  test('FAIL stays, however well the candidate does later', () => {
    const judge = createJudge(PRESET)
    expect(feed(judge, 4, [95, 0, 5, 5]).at(-1)?.decision).toBe('FAIL')
    judge.markStep()
    expect(new Set(decisions(feed(judge, 500, [500, 5, 500, 0], 10)))).toEqual(new Set(['FAIL']))
  })

  test('one bad poll is never enough', () => {
    const judge = createJudge(PRESET)
    expect(decisions(feed(judge, 2, [1e6, 0, 1e6, 1e6]))).not.toContain('FAIL')
  })

  test('too few bad requests are never enough', () => {
    const judge = createJudge(PRESET)
    const verdict = feed(judge, 4, [100_000, 0, 1, 1]).at(-1)
    expect(verdict?.decision).toBe('CONTINUE')
    expect(verdict?.checks[0]).toMatchObject({ logEFailGuarded: 0, above: true })
    expect(verdict?.checks[0]?.logEFail).toBeGreaterThan(4.6)
  })

  test('PASS is about the data so far: it is taken back, and a late regression still fails', () => {
    const judge = createJudge(PRESET)
    expect(feed(judge, 200, [950, 1, 50, 0]).at(-1)?.decision).toBe('PASS')
    judge.markStep()
    const late = decisions(feed(judge, 60, [950, 1, 50, 10], 201))
    expect(late.indexOf('FAIL')).toBeGreaterThan(0)
    expect(late.indexOf('FAIL')).toBeLessThan(20)
  })

  test('nothing promotes without data', () => {
    const polls: readonly (JudgeSample | undefined)[] = [
      {}, { errors: null }, { other: null }, reading([NaN, 0], [5, 0]), reading([10, 0], [-1, 0]), reading([10, 0], [Infinity, 0]),
    ]
    const judge = createJudge({ ...PRESET, maxSeconds: 100 })
    for (let t = 0; t < 100; t += 1) {
      expect(judge.observe(t, polls[t % polls.length] ?? {}, 0.05)).toMatchObject({ decision: 'CONTINUE', lean: 'ok' })
    }
    const end = judge.observe(100, {}, 0.05)
    expect(end).toMatchObject({ decision: 'INCONCLUSIVE', checks: [{ missing: 101, blocks: 0, intervals: { candidate: [0, 1] } }] })
  })

  test('a candidate that gets no requests is NO_DATA after the time and traffic that should have brought some', () => {
    const judge = createJudge(PRESET)
    const verdicts = decisions(feed(judge, 300, [95, 0, 0, 0]))
    expect(verdicts.indexOf('NO_DATA')).toBe(60)
    expect(verdicts.slice(60)).toEqual(Array.from({ length: 241 }, () => 'NO_DATA'))
  })

  test('no traffic at all is not the candidate\'s fault', () => {
    expect(new Set(decisions(feed(createJudge(PRESET), 300, [0, 0, 0, 0])))).toEqual(new Set(['CONTINUE']))
  })

  test('one silent metric blocks PASS', () => {
    const judge = createJudge({ checks: [...PRESET.checks, { name: 'slow', ...PRESET_MARGINS }] })
    const verdicts = feed(judge, 1000, [950, 1, 50, 0])
    expect(decisions(verdicts)).not.toContain('PASS')
    expect(verdicts.at(-1)?.checks.map((check) => check.pass)).toEqual([true, false])
  })

  test('a name of the object prototype is a check like any other', () => {
    const judge = createJudge({ checks: [{ name: 'constructor', ...PRESET_MARGINS }] })
    expect(judge.observe(0, {}).checks[0]?.missing).toBe(1)
  })

  test('a counter that falls costs one poll and no evidence', () => {
    const judge = createJudge(PRESET)
    feed(judge, 3, [100, 1, 50, 1])
    const before = judge.snapshot().checks[0]
    const reset = judge.observe(4, reading([400, 4], [3, 0]), 0.05).checks[0]
    expect(reset).toMatchObject({ blocks: 3, resets: { stable: 0, candidate: 1 }, totals: { candidate: { requests: 150 } } })
    expect(judge.snapshot().checks[0]?.evidence).toEqual(before?.evidence)
    const next = judge.observe(5, reading([500, 5], [53, 1]), 0.05).checks[0]
    expect(next).toMatchObject({ blocks: 4, totals: { stable: { requests: 400, bad: 4 }, candidate: { requests: 200, bad: 4 } } })
    expect(judge.observe(6, reading([1, 0], [103, 2]), 0.05).checks[0]).toMatchObject({ resets: { stable: 1, candidate: 1 } })
  })

  test('a repeated poll changes nothing', () => {
    const [once, twice] = [createJudge(PRESET), createJudge(PRESET)]
    for (let i = 0; i < 30; i += 1) {
      const sample = reading([95 * i, i], [5 * i, i >> 2])
      once.observe(i, sample, 0.05)
      twice.observe(i, sample, 0.05)
      twice.observe(i, sample, 0.05)
    }
    expect(twice.snapshot()).toEqual(once.snapshot())
  })

  test('markStep lets no block mix two weights', () => {
    const judge = createJudge(PRESET)
    feed(judge, 3, [100, 1, 50, 1])
    judge.markStep()
    expect(judge.observe(10, reading([9000, 900], [9000, 900])).checks[0]).toMatchObject({ blocks: 3, totals: { stable: { requests: 300 } } })
    expect(judge.observe(11, reading([9100, 901], [9100, 901])).checks[0]).toMatchObject({ blocks: 4, totals: { stable: { requests: 400 } } })
  })

  test('a warm-up teaches nothing', () => {
    const judge = createJudge({ checks: [{ name: 'errors', ...PRESET_MARGINS, warmupSeconds: 30 }] })
    expect(feed(judge, 29, [95, 0, 5, 5]).at(-1)).toMatchObject({ decision: 'CONTINUE', checks: [{ blocks: 0 }] })
  })

  test('prime takes known checks only, and no broken numbers', () => {
    const judge = createJudge(PRESET)
    expect(() => judge.prime('latency', 10, 0)).toThrow('no check "latency"')
    const before = judge.snapshot()
    judge.prime('errors', NaN, 0)
    judge.prime('errors', 100, -1)
    judge.prime('errors', 0, 0)
    expect(judge.snapshot()).toEqual(before)
    for (let i = 0; i < 40; i += 1) judge.prime('errors', 100, i % 5 === 0 ? 8 : 0)
    expect(judge.observe(0, {}).checks[0]?.dispersion).toBeGreaterThan(3)
  })

  test('a poll has a time', () => {
    expect(() => createJudge(PRESET).observe(NaN, {})).toThrow('time of a poll')
  })
})
