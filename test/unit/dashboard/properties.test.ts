/** What must hold of every history, tried on made-up ones. */
import { describe, expect, test } from '@jest/globals'
import { assess } from '../../../core/domain/dashboard/assess.js'
import { figuresOf, spanOf, weekOf } from '../../../core/domain/dashboard/figures.js'
import type { Figures } from '../../../core/domain/dashboard/model.js'
import { median, percentile } from '../../../core/domain/dashboard/statistics.js'
import type { DeliveryRecord } from '../../../core/domain/history.js'
import { deliveryHistory } from '../../support/deliveries.mjs'
import { seededDice } from '../../support/dice.mjs'
import { DAY, madeModel, modelOf, NOW, source } from './lab.js'

const seeds = Array.from({ length: 20 }, (_, index) => index + 1)
const shares = ({ successRate, rollbackRate, dora }: Figures): readonly (number | null)[] => [successRate, rollbackRate, dora.changeFailureRate]
const spans = ({ duration, dora }: Figures): readonly (number | null)[] => [duration.median, duration.p95, dora.leadTime, dora.timeToRestore, dora.deploymentFrequency]
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Any order of ends, any combination of what a ledger can hold, also what no action would write. */
function wildDeliveries(seed: number, count: number): readonly DeliveryRecord[] {
  const dice = seededDice(seed)
  const { histories } = deliveryHistory({ seed, deliveries: 60, until: NOW, days: 40 })
  const all = histories.flatMap((history) => history.deliveries)
  const releases = all.map(({ intent }) => intent.release)
  return Array.from({ length: count }, (_, index): DeliveryRecord => {
    const base = dice.pick(all)
    const live = dice.chance(0.8) ? { live: dice.pick(releases) } : {}
    const bad = dice.chance(0.2) ? { bad: dice.pick(releases) } : {}
    const previous = dice.chance(0.8) ? { previous: dice.pick(releases) } : {}
    const { previous: _previous, ...intent } = base.intent
    const begunAt = NOW - dice.whole(-1, 60) * DAY
    const result = { at: begunAt + dice.whole(-5, 100) * 60_000, ok: dice.chance(0.6), reason: dice.pick(['promoted', 'failed', 'stuck', 'cancelled', '__proto__']), message: '', ...live, ...bad }
    const { result: _result, ...open } = base
    return { ...open, id: `w${index}`, begunAt, intent: { ...intent, ...previous, kind: dice.pick(['deploy', 'promote', 'rollback']) }, ...(dice.chance(0.9) ? { result } : {}) }
  })
}

const histories = seeds.flatMap((seed): (readonly [string, readonly DeliveryRecord[]])[] => [
  [`made-up ${seed}`, deliveryHistory({ seed, deliveries: 40 + seed * 7, until: NOW, days: 10 + seed * 10 }).histories.at(-1)!.deliveries],
  [`wild ${seed}`, wildDeliveries(seed, seed * 4)],
])

const other = assess(wildDeliveries(99, 40))

describe.each(histories)('%s', (_name, deliveries) => {
  const assessed = assess(deliveries)
  const everything = figuresOf(assessed, { from: Number.NEGATIVE_INFINITY, to: NOW })

  test('counts add up, and what is not known is null', () => {
    expect(everything.succeeded + everything.failed).toBe(everything.deliveries)
    expect(everything.deliveries + everything.rollbacks).toBe(assessed.length)
    expect(assessed.length).toBeLessThanOrEqual(deliveries.filter(({ result }) => result !== undefined).length)
    for (const share of shares(everything)) expect(share === null || (share >= 0 && share <= 1)).toBe(true)
    for (const span of spans(everything)) expect(span === null || (Number.isFinite(span) && span >= 0)).toBe(true)
    expect(everything.successRate === null).toBe(everything.deliveries === 0)
    expect(everything.duration.median === null).toBe(everything.succeeded === 0)
  })

  test('the trend has every week once and all that is in them', () => {
    const { trend } = everything
    expect(trend.every(({ week }, index) => week === weekOf(week) && (index === 0 || week === trend[index - 1]!.week + 7 * DAY))).toBe(true)
    expect(new Set(trend.map(({ week }) => new Date(week).getUTCDay()))).toEqual(new Set(trend.length === 0 ? [] : [1]))
    expect(sum(trend.map((week) => week.deliveries))).toBe(everything.deliveries)
    expect(sum(trend.map((week) => week.succeeded))).toBe(everything.succeeded)
    expect(sum(trend.map((week) => week.rollbacks))).toBe(everything.rollbacks)
  })

  test('figures of two spans add up to those of both', () => {
    const middle = NOW - 20 * DAY
    const newer = figuresOf(assessed, { from: middle, to: NOW })
    const older = figuresOf(assessed.filter(({ at }) => at < middle), { from: Number.NEGATIVE_INFINITY, to: middle })
    for (const name of ['deliveries', 'succeeded', 'failed', 'rollbacks'] as const) expect(newer[name] + older[name]).toBe(everything[name])
  })

  test('two environments count as the sum of both', () => {
    const both = figuresOf([...assessed, ...other], { from: Number.NEGATIVE_INFINITY, to: NOW })
    const apart = [assessed, other].map((all) => figuresOf(all, { from: Number.NEGATIVE_INFINITY, to: NOW }))
    for (const name of ['deliveries', 'succeeded', 'failed', 'rollbacks'] as const) expect(both[name]).toBe(sum(apart.map((figures) => figures[name])))
    const most = apart.flatMap(({ duration }) => duration.p95 ?? [])
    if (most.length > 0) expect(both.duration.p95).toBeLessThanOrEqual(Math.max(...most))
  })

  test('what comes later changes no earlier end, only what is said of it', () => {
    const before = assess(deliveries.slice(0, -3))
    const after = assess(deliveries).slice(0, before.length)
    expect(after.map(({ at, ok, kind, exposed, durationMs }) => ({ at, ok, kind, exposed, durationMs }))).toEqual(before.map(({ at, ok, kind, exposed, durationMs }) => ({ at, ok, kind, exposed, durationMs })))
    // A failed change stays one.
    expect(before.every(({ failedChange }, index) => !failedChange || after[index]!.failedChange)).toBe(true)
  })
})

test('nothing at all is unknown, not zero', () => {
  const model = modelOf([source({ environment: 'production', deliveries: [], facts: [] })])
  expect(model.figures).toEqual({
    from: NOW, to: NOW, deliveries: 0, succeeded: 0, failed: 0, rollbacks: 0, successRate: null, rollbackRate: null, duration: { median: null, p95: null },
    dora: { deploymentFrequency: null, leadTime: null, changeFailureRate: null, timeToRestore: null }, trend: [],
  })
  expect(model.environments[0]).toMatchObject({ objectives: { rpo: { ok: false }, rto: { ok: false } } })
  expect(model.environments[0]).not.toHaveProperty('live')
  expect(modelOf([]).figures.deliveries).toBe(0)
})

test('a median and a percentile of few', () => {
  expect([median([]), median([3]), median([9, 1]), median([5, 1, 9])]).toEqual([null, 3, 5, 5])
  expect([percentile([], 0.95), percentile([3], 0.95), percentile([1, 2], 0.95), percentile(Array.from({ length: 100 }, (_, index) => index + 1), 0.95)]).toEqual([null, 3, 2, 95])
  expect(spanOf([], NOW, DAY)).toEqual({ from: NOW - 0, to: NOW })
})

test('ten thousand deliveries take less than a second, and four times as few about a quarter of it', () => {
  const took = (deliveries: number): number => {
    const { histories: made } = deliveryHistory({ deliveries, until: NOW, inFlight: false })
    const sources = made.map((history) => source(history))
    // What the processor spent on it: other tests run at the same time.
    const times = Array.from({ length: 3 }, () => {
      const before = process.cpuUsage()
      expect(modelOf(sources).deliveries).toHaveLength(deliveries)
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000
    })
    return Math.min(...times)
  }
  const [few, many] = [took(2500), took(10_000)]
  expect(many).toBeLessThan(1000)
  expect(many / few).toBeLessThan(12)
})

test('the same history gives the same model', () => {
  expect(madeModel({ seed: 4, deliveries: 80, hostile: true })).toEqual(madeModel({ seed: 4, deliveries: 80, hostile: true }))
})
