import { expect, test } from '@jest/globals'
import { judgeSample } from '../../../core/domain/judging.js'
import type { MetricCheck } from '../../../core/domain/rollout.js'
import type { Sample } from '../../../core/domain/sample.js'

const tolerance = { relative: 1.1, absolute: 0.0005 }
const errors: MetricCheck = { metric: 'errors', name: 'errors', fail: tolerance, pass: tolerance, warmupMs: 0 }
const latency: MetricCheck = { ...errors, metric: 'latency', name: 'latency' }
const ceiling: MetricCheck = { ...errors, name: 'ceiling', fail: { relative: 0, absolute: 0.01 }, pass: { relative: 0, absolute: 0.01 } }
const candidate = { identity: '2', requests: 10, errors: 1 }

test('a counter that the source does not have is missing, not zero', () => {
  const sample: Sample = { kind: 'sample', at: 0, stable: { identity: '1', requests: 100, errors: 2, slow: 7 }, candidate }
  expect(judgeSample([errors, latency], sample)).toEqual({
    errors: { stable: { requests: 100, bad: 2 }, candidate: { requests: 10, bad: 1 } },
    latency: null,
  })
})

test('without a stable arm only a ceiling can be judged', () => {
  expect(judgeSample([errors, ceiling], { kind: 'sample', at: 0, candidate })).toEqual({
    errors: null,
    ceiling: { stable: { requests: 0, bad: 0 }, candidate: { requests: 10, bad: 1 } },
  })
})
