import { describe, expect, test } from '@jest/globals'
import {
  createJudge, horizonBlocks, JUDGE_DEFAULTS, JudgeConfigError, judgeConfigProblems, type JudgeConfig,
} from '../../../core/domain/judge/index.js'

const errors = { name: 'errors', fail: { r: 1.1, d: 0.0005 } }

describe('judge config', () => {
  test('needs nothing but a check', () => {
    expect(judgeConfigProblems({ checks: [errors] })).toEqual([])
    expect(createJudge({ checks: [errors] }).snapshot().settings).toEqual({
      ...JUDGE_DEFAULTS,
      checks: [{ ...errors, pass: errors.fail, weight: 1, warmupSeconds: 0 }],
    })
  })

  const bad: readonly [string, Partial<JudgeConfig>][] = [
    ['alpha', { alpha: 0 }], ['alpha', { alpha: 1 }], ['alpha', { alpha: NaN }],
    ['beta', { beta: 0 }], ['beta', { beta: 1 }],
    ['horizonBlocks', { horizonBlocks: 1 }], ['horizonBlocks', { horizonBlocks: Infinity }],
    ['minEvidenceBlocks', { minEvidenceBlocks: 0 }],
    ['dispPrior', { dispPrior: 0.9 }], ['dispFloor', { dispFloor: 0 }],
    ['dispPriorWeight', { dispPriorWeight: 0 }], ['dispShare', { dispShare: 0 }],
    ['passCeiling', { passCeiling: -1 }], ['maxSeconds', { maxSeconds: 0 }], ['ciLevel', { ciLevel: 1 }],
    ['dispScales', { dispScales: [2, 0] }],
    ['checks', { checks: [] }],
    ['twice', { checks: [errors, errors] }],
    ['no name', { checks: [{ ...errors, name: '' }] }],
    ['weight', { checks: [{ ...errors, weight: 0 }] }],
    ['warmupSeconds', { checks: [{ ...errors, warmupSeconds: -1 }] }],
    ['fail', { checks: [{ ...errors, fail: { r: -1, d: 2 } }] }],
    ['fail', { checks: [{ ...errors, fail: { r: 1, d: -0.1 } }] }],
    ['fail', { checks: [{ ...errors, fail: { r: 0, d: 0 } }] }],
    ['pass', { checks: [{ ...errors, pass: { r: 0, d: 0 } }] }],
    ['pass', { checks: [{ ...errors, pass: { r: NaN, d: 1 } }] }],
  ]
  test.each(bad)('refuses %s: %j', (named, part) => {
    const config = { checks: [errors], ...part }
    expect(judgeConfigProblems(config)).toEqual([expect.stringContaining(named)])
    expect(() => createJudge(config)).toThrow(JudgeConfigError)
  })

  test('refuses a name that is no setting', () => {
    const config = { checks: [errors], minCandidateRequests: 5 }
    expect(judgeConfigProblems(config)).toEqual(['`minCandidateRequests` is not a setting of the judge'])
  })

  test('reports everything at once', () => {
    const config = { checks: [{ ...errors, weight: -1 }, errors], alpha: 0, beta: 3 }
    const caught = (): unknown => {
      try {
        return createJudge(config)
      } catch (error) {
        return error
      }
    }
    expect(caught()).toMatchObject({ name: 'JudgeConfigError', problems: { length: 4 } })
  })

  test('horizon of a rollout', () => {
    expect(horizonBlocks(3600, 5)).toBe(720)
    expect(horizonBlocks(61, 30)).toBe(3)
    expect(horizonBlocks(1, 60)).toBe(2)
  })
})
