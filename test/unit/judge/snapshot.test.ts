import { describe, expect, test } from '@jest/globals'
import {
  createJudge, JudgeSnapshotError, PRESET_MARGINS, restoreJudge, type JudgeConfig, type JudgeSample, type JudgeSnapshot,
} from '../../../core/domain/judge/index.js'
import { traffic } from '../../support/traffic.js'

const CONFIG: JudgeConfig = {
  alpha: 0.05,
  maxSeconds: 200,
  checks: [{ name: 'errors', ...PRESET_MARGINS }, { name: 'slow', fail: { r: 1.2, d: 0.01 }, weight: 2, warmupSeconds: 7 }],
}

/** Polls with a gap, a reset and a step, so that every part of the state is in use. */
function polls(seed: number, count: number): readonly { t: number; sample: JudgeSample; mark: boolean }[] {
  const source = traffic({ rps: 30, weight: 0.25, stableRate: 0.02, candidateRate: 0.03, pollSeconds: 1, seed })
  return Array.from({ length: count }, (_, t) => {
    const { counters } = source.next().value
    const candidate = t === 40 ? { requests: 0, bad: 0 } : counters.candidate
    const sample = t % 17 === 5 ? { errors: null } : { errors: { ...counters, candidate }, slow: counters }
    return { t: 1_760_000_000 + t, sample, mark: t === 60 }
  })
}

function throughJson(snapshot: JudgeSnapshot): JudgeSnapshot {
  return JSON.parse(JSON.stringify(snapshot))
}

describe('snapshot', () => {
  test.each([0, 1, 5, 39, 40, 41, 59, 60, 61, 100])('a run killed after %i polls goes on as if nothing had happened', (killed) => {
    const whole = createJudge(CONFIG)
    let parts = createJudge(CONFIG)
    for (const judge of [whole, parts]) for (let i = 0; i < 9; i += 1) judge.prime('slow', 100, i % 3 === 0 ? 9 : 0)
    for (const [i, { t, sample, mark }] of polls(7, 120).entries()) {
      if (i === killed) parts = restoreJudge(CONFIG, throughJson(parts.snapshot()))
      if (mark) for (const judge of [whole, parts]) judge.markStep()
      expect(parts.observe(t, sample, 0.25)).toEqual(whole.observe(t, sample, 0.25))
    }
    expect(parts.snapshot()).toEqual(whole.snapshot())
  })

  test('is JSON: −∞ is null, and nothing is lost on the way', () => {
    const snapshot = createJudge(CONFIG).snapshot()
    expect(snapshot.checks[0]?.evidence.fail).toEqual(Array.from({ length: 11 }, () => null))
    expect(throughJson(snapshot)).toEqual(snapshot)
  })

  test('later polls do not change it', () => {
    const judge = createJudge(CONFIG)
    const taken = judge.snapshot()
    const before = JSON.stringify(taken)
    for (const { t, sample } of polls(3, 50)) judge.observe(t, sample, 0.25)
    expect(JSON.stringify(taken)).toBe(before)
  })

  test('FAIL survives it', () => {
    const judge = createJudge({ checks: [{ name: 'errors', ...PRESET_MARGINS }] })
    const at = (i: number): JudgeSample => ({ errors: { stable: { requests: 95 * i, bad: 0 }, candidate: { requests: 5 * i, bad: 5 * i } } })
    for (let i = 0; i < 5; i += 1) judge.observe(i, at(i))
    const restored = restoreJudge({ checks: [{ name: 'errors', ...PRESET_MARGINS }] }, throughJson(judge.snapshot()))
    expect(restored.observe(9, {}).decision).toBe('FAIL')
  })

  test('continues a config that says the same in other words', () => {
    const snapshot = createJudge(CONFIG).snapshot()
    expect(() => restoreJudge({ beta: 0.05, ...CONFIG }, snapshot)).not.toThrow()
  })

  test.each<[string, JudgeConfig]>([
    ['alpha', { ...CONFIG, alpha: 0.01 }],
    ['a tolerance', { ...CONFIG, checks: CONFIG.checks.map((check) => ({ ...check, fail: { r: 1.5, d: 0 } })) }],
    ['the order of checks', { ...CONFIG, checks: CONFIG.checks.toReversed() }],
  ])('is refused under another config: %s', (_, config) => {
    expect(() => restoreJudge(config, createJudge(CONFIG).snapshot())).toThrow('other settings')
  })

  test.each<[string, readonly (string | number)[], unknown]>([
    ['another format', ['format'], 2],
    ['no checks', ['checks'], []],
    ['a missing number', ['checks', 0, 'allowedBad'], null],
    ['a text for a number', ['checks', 1, 'evidence', 'cash'], '1'],
    ['a short vector', ['checks', 0, 'evidence', 'fail'], [0]],
    ['no vector', ['checks', 0, 'evidence', 'pass'], {}],
    ['no scales', ['checks', 0, 'scales'], undefined],
    ['a scale without sums', ['checks', 0, 'scales', 0], {}],
    ['no settings', ['settings'], {}],
    ['settings of nonsense', ['settings', 'checks'], [{}]],
    ['settings without any check', ['settings', 'checks'], [null]],
    ['a start that is no number', ['start'], 'now'],
    ['a flag that is none', ['failed'], 1],
  ])('is refused when damaged: %s', (_, path, value) => {
    const snapshot = throughJson(createJudge(CONFIG).snapshot())
    const parent = path.slice(0, -1).reduce<object>((node, key) => Reflect.get(node, key), snapshot)
    Reflect.set(parent, path.at(-1) ?? '', value)
    expect(() => restoreJudge(CONFIG, snapshot)).toThrow(JudgeSnapshotError)
  })

  test.each([null, undefined, 'x', 3, []])('is refused when it is %p', (value) => {
    const damaged: JudgeSnapshot = JSON.parse(JSON.stringify(value ?? null))
    expect(() => restoreJudge(CONFIG, damaged)).toThrow(JudgeSnapshotError)
  })
})
