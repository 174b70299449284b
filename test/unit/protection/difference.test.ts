import { describe, expect, test } from '@jest/globals'
import { compare, type Looked } from '../../../core/domain/protection/difference.js'
import { BARE, type ObservedEnvironment } from '../../../core/domain/protection/observed.js'
import { shownValue } from '../../../core/domain/protection/shown.js'
import { stepsTo, toldStep } from '../../../core/domain/protection/steps.js'
import type { WantedEnvironment } from '../../../core/domain/protection/wanted.js'

const alice = { kind: 'user', id: 1, name: 'alice' } as const
const ops = { kind: 'team', id: 1, name: 'team/ops' } as const
const wanted = (given: Partial<WantedEnvironment> = {}): WantedEnvironment => ({ name: 'production', protection: {}, secrets: [], ...given })
const observed = (given: Partial<ObservedEnvironment> = {}): ObservedEnvironment => ({ name: 'production', ...BARE, ...given })
const looked = (there: ObservedEnvironment | undefined, more: Partial<Looked> = {}): Looked => ({ reviewers: [alice, ops], observed: there, secrets: [], ...more })

const rows = (...args: Parameters<typeof compare>): readonly string[] => compare(...args).differences.map(({ setting, is, should }) => `${setting}: ${is} → ${should}`)

test('a user and a team of the same number are two', () => {
  const one = wanted({ protection: { reviewers: ['team/ops'] } })
  expect(rows(one, looked(observed({ settings: { ...BARE.settings, reviewers: [alice] } })), false)).toEqual(['protection.reviewers: alice → team/ops'])
})

test('reviewers are the same in any order, and after a new name', () => {
  const one = wanted({ protection: { reviewers: ['alice', 'team/ops'] } })
  expect(rows(one, looked(observed({ settings: { ...BARE.settings, reviewers: [ops, { ...alice, name: 'alice-that-was' }] } })), false)).toEqual([])
})

test('self-review counts only where somebody reviews', () => {
  const one = wanted({ protection: { selfReview: false } })
  expect(rows(one, looked(observed()), false)).toEqual([])
  expect(stepsTo(one, looked(observed()), false)).toEqual([])
  expect(rows(one, looked(observed({ settings: { ...BARE.settings, reviewers: [ops] } })), false)).toEqual(['protection.self-review: true → false'])
})

test('a rule that is disabled is no rule', () => {
  const there = observed({ rules: [{ id: 7, app: 'my-gate', enabled: false }] })
  const one = wanted({ protection: { rules: ['my-gate'] } })
  expect(rows(one, looked(there), false)).toEqual(['protection.rules.my-gate: disabled → enabled'])
  expect(stepsTo(one, looked(there), false)).toEqual([{ kind: 'guard', app: 'my-gate' }])
})

test('a branch and a tag of the same name are two patterns', () => {
  const there = observed({ settings: { ...BARE.settings, refs: 'patterns' }, patterns: [{ id: 3, kind: 'branch', name: 'v1' }] })
  const one = wanted({ protection: { refs: { kind: 'patterns', branches: [], tags: ['v1'] } } })
  expect(rows(one, looked(there), false)).toEqual(['protection.branches: v1 → none', 'protection.tags: none → v1'])
  expect(stepsTo(one, looked(there), false).map((step) => toldStep('production', step))).toEqual(['Let tag `v1` deploy to `production`', 'Let branch `v1` no longer deploy to `production`'])
})

test('secrets: those of the repository count, what is being rotated is nobody’s surplus', () => {
  const stored = [{ name: 'A', scope: 'repository', updatedAt: 0 }, { name: 'B', scope: 'environment', updatedAt: 0 }, { name: 'B_PREVIOUS', scope: 'environment', updatedAt: 0 }, { name: 'D', scope: 'environment', updatedAt: 0 }] as const
  const found = compare(wanted({ secrets: ['A', 'B', 'C'] }), looked(observed(), { secrets: stored }), true)
  expect(found.secrets.map(({ setting }) => setting)).toEqual(['secrets.C'])
  expect(found.left.map(({ setting }) => setting)).toEqual(['secrets.D'])
})

test('a new environment has all its settings in its first write', () => {
  const one = wanted({ protection: { reviewers: ['alice'], waitMinutes: 5, refs: { kind: 'patterns', branches: ['main'], tags: [] } } })
  expect(stepsTo(one, looked(undefined), false)).toEqual([
    { kind: 'settle', creates: true, settings: { reviewers: [alice], waitMinutes: 5, selfReview: true, refs: 'patterns' } },
    { kind: 'allow', pattern: { kind: 'branch', name: 'main' } },
  ])
  expect(stepsTo(wanted(), looked(undefined), false)).toEqual([{ kind: 'settle', creates: true, settings: BARE.settings }])
})

describe('values in a table', () => {
  test.each([['', '(empty)'], ['a\nb', '"a\\nb"'], ['x'.repeat(61), `${'x'.repeat(60)}… (61 characters)`], ['plain', 'plain']])('%j', (value, shown) => {
    expect(shownValue(value)).toBe(shown)
  })

  test('names such as `constructor` are names like others', () => {
    const there = observed({ variables: { A: 'x' } })
    expect(rows(wanted({ variables: { CONSTRUCTOR: 'y', A: 'x' } }), looked(there), false)).toEqual(['variables.CONSTRUCTOR: not there → y'])
  })
})
