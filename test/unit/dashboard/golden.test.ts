/** One small history whose figures were worked out by hand. */
import { expect, test } from '@jest/globals'
import type { Fact } from '../../../core/domain/history.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { DAY, delivery, HOUR, MINUTE, modelOf, NOW, release, source } from './lab.js'

const begin = NOW - 10 * DAY
const at = (days: number, ms = 0): number => begin + days * DAY + ms
const shift = (time: number, weight: number): { type: 'doing'; at: number; verb: 'shift'; weight: number } => ({ type: 'doing', at: time, verb: 'shift', weight })

const receipt = (id: string, takenAt: number, verified: boolean): Fact => ({
  type: 'receipt', at: takenAt,
  receipt: {
    format: 1, id, app: 'shop', environment: 'production', version: '1', database: { host: 'db', port: 5432, name: 'shop', systemIdentifier: '7' },
    store: 'disk', object: `${id}.dump`, bytes: 12, sha256: '0', compression: 'gzip', takenAt: new Date(takenAt).toISOString(), dumpMs: 1, clientVersion: '18', serverVersion: '18', schemaRevision: '7',
    fingerprint: { schema: '', rows: {}, sequences: {}, extensions: {}, largeObjects: 0 }, verified: verified ? { at: new Date(takenAt + HOUR).toISOString(), how: 'restored', restoreMs: 5 } : null,
  } satisfies Receipt,
})

const deliveries = [
  // 1: the first; nothing served before. 10 min, asked for 2 min before.
  delivery({ id: 'd1', version: '1', begunAt: at(0), requestedAt: at(0) - 2 * MINUTE, end: { at: at(0, 10 * MINUTE), ok: true, reason: 'promoted-first', live: '1' } }),
  // 2: the judge failed it at 5 %; 6 min from the first user to the end of going back, which took 1 min.
  delivery({
    id: 'd2', version: '2', previous: '1', begunAt: at(1), events: [shift(at(1, 4 * MINUTE), 5), { type: 'doing', at: at(1, 9 * MINUTE), verb: 'abandon', detail: 'failed' }],
    end: { at: at(1, 10 * MINUTE), ok: false, reason: 'failed', live: '1', bad: '2' },
  }),
  // 3: good, 20 min.
  delivery({ id: 'd3', version: '3', previous: '1', begunAt: at(2), requestedAt: at(2) - 10 * MINUTE, by: 'grace', events: [shift(at(2, MINUTE), 5)], end: { at: at(2, 20 * MINUTE), ok: true, reason: 'promoted', live: '3' } }),
  // 4: found itself live: changed nothing, counts nowhere.
  delivery({ id: 'd4', version: '3', previous: '3', begunAt: at(3), end: { at: at(3, MINUTE), ok: true, reason: 'already-live', live: '3' } }),
  // 5: never reached a user.
  delivery({ id: 'd5', version: '4', previous: '3', begunAt: at(4), end: { at: at(4, 2 * MINUTE), ok: false, reason: 'migrate-failed', live: '3' } }),
  // 6: good at first; 30 min.
  delivery({ id: 'd6', version: '5', previous: '3', begunAt: at(5), requestedAt: at(5) - 40 * MINUTE, events: [shift(at(5, 10 * MINUTE), 5)], end: { at: at(5, 30 * MINUTE), ok: true, reason: 'promoted', live: '5' } }),
  // 7: a rollback that did not get there; 8: the second one did, 15 min after the first was asked for.
  delivery({ id: 'd7', kind: 'rollback', version: '3', previous: '5', begunAt: at(5, 60 * MINUTE), end: { at: at(5, 65 * MINUTE), ok: false, reason: 'unhealthy', live: '5' } }),
  delivery({ id: 'd8', kind: 'rollback', version: '3', previous: '5', begunAt: at(5, 70 * MINUTE), by: 'linus', end: { at: at(5, 75 * MINUTE), ok: true, reason: 'rolled-back', live: '3', bad: '5' } }),
  // 9: cancelled on trial: a failed delivery, but nothing speaks against the change.
  delivery({
    id: 'd9', version: '6', previous: '3', begunAt: at(6), events: [shift(at(6, MINUTE), 5), { type: 'doing', at: at(6, 2 * MINUTE), verb: 'abandon' }],
    end: { at: at(6, 2 * MINUTE + 30_000), ok: false, reason: 'cancelled', live: '3' },
  }),
  // 10: on its way.
  delivery({ id: 'd10', version: '7', previous: '3', begunAt: NOW - 5 * MINUTE, receipt: 'r2', events: [shift(NOW - 4 * MINUTE, 5), shift(NOW - MINUTE, 25)] }),
]
const facts = [receipt('r1', at(8), true), receipt('r2', NOW - 30 * HOUR, true), receipt('r3', NOW - HOUR, false)]
const history = { environment: 'production', deliveries, facts, holder: { lease: 'l', fence: 1, run: deliveries[9]!.intent.run, until: NOW + MINUTE } }

test('figures of a history that was worked out by hand', () => {
  const { figures, environments } = modelOf([source(history)])
  expect(figures).toEqual({
    from: begin, to: NOW,
    // d1 d2 d3 d5 d6 d9 went forward; d4 counts nowhere, d10 is on its way.
    deliveries: 6, succeeded: 3, failed: 3, rollbacks: 2, successRate: 0.5,
    // d6 of d1, d3, d6.
    rollbackRate: 1 / 3,
    duration: { median: 20 * MINUTE, p95: 30 * MINUTE },
    dora: {
      deploymentFrequency: 3 / 10,
      // 12, 30 and 70 min from the request.
      leadTime: 30 * MINUTE,
      // d1 d2 d3 d6 d9 reached users; d2 and d6 were bad.
      changeFailureRate: 2 / 5,
      // d2: 6 min. d6: from its first user 10 min after it began to 75 min after.
      timeToRestore: (6 + 65) / 2 * MINUTE,
    },
    trend: [
      { week: Date.UTC(2026, 10, 9), deliveries: 4, succeeded: 2, rollbacks: 0, medianMs: 15 * MINUTE },
      { week: Date.UTC(2026, 10, 16), deliveries: 2, succeeded: 1, rollbacks: 2, medianMs: 30 * MINUTE },
    ],
  })
  expect(environments[0]?.figures).toEqual(figures)
})

test('lead time counts from the commit where its time is known of any', () => {
  const committedAt = new Map([['c-3', at(2) - 3 * HOUR], ['c-5', at(9)]])
  // Of d3 alone: the commit of d6 would be younger than its delivery.
  expect(modelOf([source(history)], { committedAt }).figures.dora.leadTime).toBe(3 * HOUR + 20 * MINUTE)
})

test('what ended before the span is in the trend alone', () => {
  const { figures } = modelOf([source(history)], { spanMs: 5 * DAY })
  expect(figures).toMatchObject({ from: NOW - 5 * DAY, deliveries: 2, succeeded: 1, rollbacks: 2 })
  expect(figures.trend.map(({ deliveries: count }) => count)).toEqual([4, 2])
})

test('what is live, on its way, the way back and the objectives', () => {
  const [panel] = modelOf([source(history)]).environments
  expect(panel).toMatchObject({
    name: 'production', production: true,
    // Since the rollback; d9 left it where it was.
    live: { version: '3', commit: 'c-3', image: release('3').images['web'], since: at(5, 75 * MINUTE), delivery: 'd8', by: 'linus' },
    inFlight: { delivery: 'd10', version: '7', kind: 'promote', since: NOW - 5 * MINUTE, by: 'ada', weight: 25 },
    // 5 is bad, 3 is live.
    wayBack: { version: '1', delivery: 'd1' },
    objectives: {
      rpo: { limitMs: DAY, newestVerifiedAt: NOW - 30 * HOUR, ok: false, receipt: 'r2' },
      rto: { limitMs: 4 * HOUR, worstMs: 15 * MINUTE, ok: true },
    },
  })
  expect(panel?.inFlight).not.toHaveProperty('leftBehind')
})

test('a delivery on its way under no lease was left behind', () => {
  const { holder, ...alone } = history
  expect(modelOf([source(alone)]).environments[0]?.inFlight?.leftBehind).toBe(true)
  expect(modelOf([source({ ...history, holder: { ...holder, until: NOW - 1 } })]).environments[0]?.inFlight?.leftBehind).toBe(true)
})

test('rows are newest first and tell what is known; details have the rest', () => {
  const model = modelOf([source(history)], { details: 3 })
  expect(model.deliveries.map(({ id }) => id)).toEqual(['d10', 'd9', 'd8', 'd7', 'd6', 'd5', 'd4', 'd3', 'd2', 'd1'])
  expect(model.deliveries[0]).toEqual({
    id: 'd10', environment: 'production', kind: 'promote', version: '7', commit: 'c-7', from: '3', by: 'ada', begunAt: NOW - 5 * MINUTE, run: 'run-d10', runUrl: 'https://github.com/acme/shop/actions/runs/d10',
  })
  expect(Object.keys(model.details)).toEqual(['d10', 'd9', 'd8'])
  expect(model.details['d10']).toMatchObject({ message: '', weights: [[NOW - 4 * MINUTE, 5], [NOW - MINUTE, 25]], receipt: { id: 'r2', bytes: 12, schemaRevision: '7' }, polls: [], steps: [], approvals: [] })
  expect(model.details['d9']?.weights).toEqual([[at(6, MINUTE), 5], [at(6, 2 * MINUTE), 0]])
})
