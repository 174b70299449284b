import { describe, expect, test } from '@jest/globals'
import { nextMove, silenceLimitMs, type StepFacts } from '../../../core/domain/climbing.js'
import type { JudgeDecision, JudgeLean, JudgeVerdict } from '../../../core/domain/judge/index.js'
import type { OnUndecided, RolloutPolicy } from '../../../core/domain/rollout.js'

const policy: RolloutPolicy = {
  strategy: 'canary', weights: [5, 25, 50, 100], onUndecided: 'promote-if-unsuspected', onNoData: 'rollback',
  stepAtLeastMs: 60_000, stepAtMostMs: 600_000, decideWithinMs: 3_600_000, healthyWithinMs: 120_000, returnAfterMs: 120_000,
}
const calm: StepFacts = { heldMs: 61_000, elapsedMs: 61_000, candidateRequestsInStep: 500, silentMs: 0, weightHolds: true, candidate: 'healthy' }

function verdict(decision: JudgeDecision, lean: JudgeLean = 'ok'): JudgeVerdict {
  return { decision, lean, logEFail: 0, logEPassMin: 0, thresholds: { fail: 4.6, pass: 3 }, checks: [] }
}

/** Two checks, and so many requests of the candidate that each has counted. */
function counting(decision: JudgeDecision, errors: number, latency: number): JudgeVerdict {
  const check = (name: string, requests: number): JudgeVerdict['checks'][number] => ({
    name, logEFail: 0, logEFailGuarded: 0, logEPass: 0, pass: false, dispersion: 1, blocks: 0, totals: { stable: { requests: 900, bad: 0 }, candidate: { requests, bad: 0 } },
    allowedBad: 0, above: false, resets: { stable: 0, candidate: 0 }, missing: 0, intervals: { stable: [0, 1], candidate: [0, 1] },
  })
  return { ...verdict(decision), checks: [check('errors', errors), check('latency', latency)] }
}

const move = (said: JudgeVerdict | undefined, facts: Partial<StepFacts> = {}, rules: Partial<RolloutPolicy> = {}): unknown =>
  nextMove(said, { ...calm, ...facts }, { ...policy, ...rules }, 5000)

describe('a step goes up', () => {
  test('when the judge passes it, the dwell is over and the candidate served enough', () => {
    expect(move(verdict('PASS'))).toEqual({ kind: 'up', decided: true })
  })

  test.each([
    ['the dwell is not over', { heldMs: 59_000 }],
    ['the candidate has hardly served in this step', { candidateRequestsInStep: 29 }],
    ['the last poll gave nothing, whatever was passed before', { silentMs: 5000 }],
  ])('not while %s', (_, facts) => {
    expect(move(verdict('PASS'), facts)).toEqual({ kind: 'stay' })
  })

  test('undecided only after its longest time, unsuspected, and when the user wants that', () => {
    const long = { heldMs: 600_000, elapsedMs: 600_000 }
    expect(move(verdict('CONTINUE'), long)).toEqual({ kind: 'up', decided: false })
    expect(move(verdict('CONTINUE', 'suspect'), long)).toEqual({ kind: 'stay' })
    expect(move(verdict('CONTINUE'), long, { onUndecided: 'hold' })).toEqual({ kind: 'stay' })
    expect(move(verdict('CONTINUE'), { ...long, candidateRequestsInStep: 3 })).toEqual({ kind: 'stay' })
    expect(move(counting('CONTINUE', 500, 500), long)).toEqual({ kind: 'up', decided: false })
    expect(move(counting('CONTINUE', 500, 0), long)).toEqual({ kind: 'stay' })
  })
})

describe('traffic goes back', () => {
  test.each([
    ['the judge failed it', verdict('FAIL'), {}, 'failed'],
    ['the candidate is gone', verdict('PASS'), { candidate: 'gone' as const }, 'candidate-died'],
    ['the candidate is unhealthy', verdict('PASS'), { candidate: 'unhealthy' as const }, 'candidate-died'],
    ['neither of them is well, which is no evidence', verdict('PASS'), { candidate: 'out-of-sight' as const, weightHolds: false }, 'no-data'],
    ['neither of them is well, and the judge failed it', verdict('FAIL'), { candidate: 'out-of-sight' as const }, 'failed'],
    ['the weight is not the one that was set', verdict('PASS'), { weightHolds: false }, 'weight-changed'],
    ['the source is silent', verdict('PASS'), { silentMs: silenceLimitMs(5000) }, 'no-data'],
    ['the source never spoke', undefined, { silentMs: silenceLimitMs(5000) }, 'no-data'],
    ['the candidate gets no requests', verdict('NO_DATA'), {}, 'no-data'],
  ])('when %s', (_, said, facts, reason) => {
    expect(move(said, facts)).toEqual({ kind: 'back', reason })
  })
})

describe('when the judge’s time is over', () => {
  const late = { elapsedMs: policy.decideWithinMs, heldMs: 1000 }

  test.each<[OnUndecided, JudgeLean, unknown]>([
    ['promote-if-unsuspected', 'ok', { kind: 'promote-unsuspected' }],
    ['promote-if-unsuspected', 'suspect', { kind: 'back', reason: 'undecided' }],
    ['hold', 'ok', { kind: 'hold', reason: 'undecided' }],
    ['rollback', 'ok', { kind: 'back', reason: 'undecided' }],
  ])('%s with lean %s', (onUndecided, lean, expected) => {
    expect(move(verdict('INCONCLUSIVE', lean), late, { onUndecided })).toEqual(expected)
  })

  test('no data is never promoted, whatever was chosen', () => {
    const silent = { ...late, silentMs: silenceLimitMs(5000) }
    for (const onUndecided of ['promote-if-unsuspected', 'hold', 'rollback'] as const) {
      const { kind } = nextMove(verdict('PASS'), { ...calm, ...silent }, { ...policy, onUndecided, onNoData: 'hold' }, 5000)
      expect(kind).toMatch(/^(hold|back)$/)
    }
    expect(move(undefined, silent, { onNoData: 'hold' })).toEqual({ kind: 'hold', reason: 'no-data' })
  })
})

test.each([[0, 0], [500, 0]])('time that ran out without a request that a check has counted (%d, %d) is no data, not unsuspected', (errors, latency) => {
  const late = { elapsedMs: policy.decideWithinMs }
  expect(move(counting('INCONCLUSIVE', errors, latency), late)).toEqual({ kind: 'hold', reason: 'no-data' })
  expect(move(counting('INCONCLUSIVE', errors, latency), late, { onUndecided: 'rollback' })).toEqual({ kind: 'back', reason: 'no-data' })
})

test('without a verdict nothing ever goes up', () => {
  for (const heldMs of [0, 60_000, 700_000, 4_000_000]) {
    for (const silentMs of [0, 1000, 100_000]) {
      for (const onNoData of ['hold', 'rollback'] as const) {
        const { kind } = nextMove(undefined, { ...calm, heldMs, elapsedMs: heldMs, silentMs }, { ...policy, onNoData }, 5000)
        expect(kind).toMatch(/^(stay|hold|back)$/)
      }
    }
  }
})
