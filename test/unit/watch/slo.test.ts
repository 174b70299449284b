import { describe, expect, test } from '@jest/globals'
import { budgetOf, burning, burnRate, burnRules, spentBy } from '../../../core/domain/slo.js'

const objective = { name: 'availability', target: 0.999 } as const

describe('an objective of 99.9 %', () => {
  test('burns once as fast at its limit, and unknown where nobody asked', () => {
    expect(burnRate({ requests: 100_000, bad: 100 }, objective)).toBeCloseTo(1, 9)
    expect(burnRate({ requests: 1000, bad: 500 }, objective)).toBeCloseTo(500, 6)
    expect(burnRate({ requests: 0, bad: 0 }, objective)).toBeUndefined()
  })

  test('has a budget, which can be overdrawn', () => {
    expect(budgetOf({ requests: 1_000_000, bad: 250 }, objective)).toMatchObject({ spent: 250, left: expect.closeTo(0.75, 9) })
    expect(budgetOf({ requests: 1_000_000, bad: 1500 }, objective)?.left).toBeCloseTo(-0.5, 9)
    expect(budgetOf({ requests: 0, bad: 0 }, objective)).toBeUndefined()
    expect(spentBy({ requests: 10_000, bad: 100 }, { requests: 1_000_000, bad: 250 }, objective)).toBeCloseTo(0.1, 9)
  })

  test('the two rules use up 2 % of a budget in an hour and 5 % in six', () => {
    const month = 30 * 24 * 3_600_000
    expect(burnRules.map(({ factor, longMs }) => Math.round((factor * longMs * 1000) / month) / 10)).toEqual([2, 5])
  })

  const spans = (rates: Readonly<Record<number, number>>) => (ms: number) => {
    const rate = rates[ms / 60_000]
    return rate === undefined ? undefined : { requests: 1_000_000, bad: Math.round(rate * 1000) }
  }

  test.each([
    ['both windows of the fast rule burn', { 60: 15, 5: 20, 360: 1, 30: 1 }, 'fast'],
    ['it has stopped', { 60: 15, 5: 1, 360: 3, 30: 8 }, undefined],
    ['a spike is too short', { 60: 2, 5: 100, 360: 1, 30: 5 }, undefined],
    ['slowly, for long', { 60: 7, 5: 7, 360: 6.1, 30: 7 }, 'slow'],
    ['just above the factor counts', { 60: 14.41, 5: 14.41 }, 'fast'],
    ['half of it is unknown', { 60: 50 }, undefined],
  ] as const)('%s', (_what, rates, rule) => {
    expect(burning(objective, spans(rates))?.rule.name).toBe(rule)
  })
})
