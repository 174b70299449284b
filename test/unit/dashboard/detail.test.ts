import { expect, test } from '@jest/globals'
import { assess } from '../../../core/domain/dashboard/assess.js'
import { detailOf, pollsOf } from '../../../core/domain/dashboard/detail.js'
import { completed } from '../../../core/domain/dashboard/sources.js'
import type { Poll } from '../../../core/domain/delivery-document.js'
import { delivery, madeModel, MINUTE, NOW } from './lab.js'

const poll = (at: number, stable: readonly number[] | undefined, candidate: readonly number[], identity = '2'): Poll => {
  const arm = (name: string, [requests = 0, errors = 0, slow]: readonly number[]): { identity: string; requests: number; errors: number; slow?: number } => ({ identity: name, requests, errors, ...(slow === undefined ? {} : { slow }) })
  return { weight: 25, sample: { kind: 'sample', at, ...(stable === undefined ? {} : { stable: arm('1', stable) }), candidate: arm(identity, candidate) } }
}

test('polls tell what came since the one before, and nothing where that is not known', () => {
  const polls: readonly Poll[] = [
    poll(1, [1000, 5, 20], [10, 0, 1]),
    poll(2, [1100, 6, 40], [60, 5, 1]),
    { weight: 25, sample: { kind: 'no-data', at: 3, cause: 'unreachable', detail: '' } },
    poll(4, [1300, 6, 40], [60, 5, 1]),
    poll(5, [1300, 6], [70, 5]),
    poll(6, [1400, 4], [80, 5], '3'),
    poll(7, undefined, [90, 5], '3'),
    poll(8, [1500, 4], [100, 20], '3'),
  ]
  expect(pollsOf(polls).map(({ stable, candidate }) => [stable, candidate])).toEqual([
    [null, null],
    [{ requests: 100, errors: 0.01, slow: 0.2 }, { requests: 50, errors: 0.1, slow: 0 }],
    [null, null],
    // Since the poll that had data; a candidate without a request tells nothing.
    [{ requests: 200, errors: 0, slow: 0 }, null],
    [null, { requests: 10, errors: 0, slow: null }],
    // Errors that became fewer, and another release.
    [null, null],
    [null, { requests: 10, errors: 0, slow: null }],
    // More errors than requests is not more than all.
    [null, { requests: 10, errors: 1, slow: null }],
  ])
})

test('a detail says it in words; what a click would run is no link', () => {
  const record = delivery({
    id: 'd', version: '2', previous: '1', begunAt: 0,
    events: [
      { type: 'doing', at: 1, verb: 'migrate' }, { type: 'doing', at: 2, verb: 'launch' }, { type: 'doing', at: 3, verb: 'shift', weight: 5 },
      { type: 'verdict', at: 4, weight: 5, decision: 'PASS', lean: 'pass', requests: 9, errors: 1, detail: 'errors: 1 of 9 bad' }, { type: 'doing', at: 5, verb: 'promote' }, { type: 'observed', at: 6, detail: 'all traffic' },
    ],
  })
  const told = { ...record, result: { at: 7, ok: true, reason: 'promoted', message: 'm', record: { link: 'javascript:alert(1)', sha256: 's' } } }
  const detail = detailOf(told, { document: undefined, receipt: undefined, notes: undefined })
  expect(detail.events.map(({ text }) => text)).toEqual(['migrate', 'launch', 'shift 5 %', 'PASS at 5 %, leaning pass: errors: 1 of 9 bad', 'promote', 'all traffic'])
  expect(detail.weights).toEqual([[2, 0], [3, 5], [5, 100]])
  expect(detail.verdicts).toEqual([{ at: 4, weight: 5, decision: 'PASS', lean: 'pass', requests: 9, errors: 1, detail: 'errors: 1 of 9 bad' }])
  expect(detail.record).toEqual({ link: '', sha256: 's' })
  expect(detailOf({ ...told, result: { ...told.result, record: { link: '.ecluse/records/production/d.json', sha256: 's' } } }, { document: undefined, receipt: undefined, notes: undefined }).record?.link).toBe('.ecluse/records/production/d.json')
})

test('a full record adds polls, steps and approvals, and the events that a ledger left out', () => {
  const model = madeModel({ deliveries: 60, details: 60 }, { details: 20 })
  const promoted = model.deliveries.find(({ kind, ok }) => kind === 'promote' && ok === true)!
  const detail = model.details[promoted.id]!
  expect(detail.polls.length).toBeGreaterThan(3)
  expect(detail.polls.slice(1).some(({ candidate }) => candidate !== null && candidate.requests > 0)).toBe(true)
  expect(detail.steps.length).toBeGreaterThan(2)
  expect(detail.approvals).toHaveLength(1)
  expect(Object.keys(model.details)).toHaveLength(20)
})

test('without its events a delivery counts by its reason; with the full record by what was done', () => {
  const cancelled = delivery({ id: 'd', version: '2', previous: '1', begunAt: NOW, end: { at: NOW + MINUTE, ok: false, reason: 'cancelled', live: '1' } })
  const failed = delivery({ id: 'e', version: '3', previous: '1', begunAt: NOW, end: { at: NOW + MINUTE, ok: false, reason: 'failed', live: '1', bad: '3' } })
  const exposed = { ...cancelled, events: [{ type: 'doing' as const, at: NOW + 1, verb: 'shift' as const, weight: 5 }] }
  const documents = new Map([['d', { v: 1 as const, delivery: exposed, steps: [], approvals: [], polls: [] }]])
  const history = { environment: 'production', deliveries: [cancelled, failed], facts: [] }
  expect(assess(history.deliveries).map((one) => one.exposed)).toEqual([false, true])
  expect(assess(completed(history, documents).deliveries).map((one) => one.exposed)).toEqual([true, true])
})
