import { expect, test } from '@jest/globals'
import { createJudge } from '../../../core/domain/judge/index.js'
import { judgeConfig } from '../../../core/domain/judging.js'
import type { JudgePolicy } from '../../../core/domain/rollout.js'
import { policyAgainst } from '../../../core/domain/watching.js'

const policy: JudgePolicy = {
  checks: [{ metric: 'errors', name: 'errors', fail: { relative: 1.1, absolute: 0.0005 }, pass: { relative: 1.25, absolute: 0.005 }, warmupMs: 0 }],
  pollMs: 5000, alpha: 0.01, beta: 0.05, minCandidateRequests: 100,
}

/** Seeded: a run can be looked at again. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const count = (next: () => number, requests: number, rate: number): number => Array.from({ length: requests }, next).filter((draw) => draw < rate).length

/** An hour at 100 requests per poll of five seconds, after a window of as long. When it failed, in polls. */
function watched(seed: number, rates: { readonly before: number; readonly after: number }): number | undefined {
  const next = random(seed)
  const against = policyAgainst({ errors: { requests: 72_000, bad: count(next, 72_000, rates.before) } }, policy)
  const judge = createJudge(judgeConfig(against.policy, { decideWithinMs: 3_600_000 }))
  let [requests, bad] = [0, 0]
  for (let poll = 0; poll <= 720; poll += 1) {
    const verdict = judge.observe(poll * 5, { errors: { stable: { requests: 0, bad: 0 }, candidate: { requests, bad } } }, 1)
    if (verdict.decision === 'FAIL') return poll
    requests += 100
    bad += count(next, 100, rates.after)
  }
  return undefined
}

test('a release as good as the one before is not sent back', () => {
  expect(Array.from({ length: 60 }, (_, seed) => watched(seed + 1, { before: 0.01, after: 0.01 })).filter((poll) => poll !== undefined)).toEqual([])
})

test('one that fails five times as often is found within minutes', () => {
  const found = Array.from({ length: 20 }, (_, seed) => watched(seed + 1, { before: 0.01, after: 0.05 }))
  expect(found.every((poll) => poll !== undefined && poll < 60)).toBe(true)
})

test('what nothing is known of from before is named, and a ceiling stays as it is', () => {
  const ceiling = { metric: 'errors', name: 'errors ceiling', fail: { relative: 0, absolute: 0.02 }, pass: { relative: 0, absolute: 0.02 }, warmupMs: 0 } as const
  const { policy: given, unknown } = policyAgainst({ errors: { requests: 0, bad: 0 } }, { ...policy, checks: [...policy.checks, ceiling] })
  expect(unknown).toEqual(['errors'])
  expect(given.checks).toEqual([ceiling])
})

test('the ceiling is never below the rate that was seen, and near it when much was seen', () => {
  const [check] = policyAgainst({ errors: { requests: 100_000, bad: 1000 } }, policy).policy.checks
  expect(check!.fail.relative).toBe(0)
  expect(check!.fail.absolute).toBeGreaterThan(0.011 + 0.0005)
  expect(check!.fail.absolute).toBeLessThan(0.014)
})
