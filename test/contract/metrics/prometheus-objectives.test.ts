/** Objectives and the burn of their budget, by the counters of a real Prometheus. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { environmentOf, production } from '../../unit/config/lab.js'
import { openSlo, openTriggers } from '../../../core/drivers/registry-alarms.js'
import { exporters } from '../../../core/domain/exporters.js'
import type { Arm } from '../../../core/domain/platform.js'
import type { Counted, Objective } from '../../../core/domain/slo.js'
import { readBudgets } from '../../../core/delivery/budgets.js'
import { budgetText } from '../../../core/domain/budget-gate.js'
import { prometheusSlo } from '../../../core/drivers/metrics/prometheus/objectives.js'
import { sloBurnTrigger } from '../../../core/drivers/triggers/slo-burn/index.js'
import type { SloSource } from '../../../core/ports/slo-source.js'
import { FlowLab } from '../../support/flow-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { startApplication, startPrometheus, until, type Application, type RunningPrometheus } from '../../support/prometheus-lab.js'
import { realAmbient } from '../../support/surroundings.js'

const ambient = realAmbient({ work: '', dist: '' })
const availability: Objective = { name: 'availability', target: 0.99 }
const latency: Objective = { name: 'latency', target: 0.95, slowerThanMs: 300 }
const arm = (identity: string): Arm => ({ name: 'candidate', identity, labels: {} })
const HOUR = 3_600_000

withEngines(['prometheus'], 'objectives of a Prometheus', (pathOf) => {
  describe('counters of an application', () => {
    let v1: Application
    let v2: Application
    let prometheus: RunningPrometheus
    let slo: SloSource

    const scraped = async (): Promise<void> => {
      const now = Date.now() / 1000
      await until(async () => ((await prometheus.value('min(timestamp(http_requests_total{code="200"}))')) ?? 0) > now, 'the next scrape')
    }
    const opened = (url: string): SloSource => prometheusSlo({ access: { url }, label: 'version', holds: 'identity', select: ['job="shop"'], counting: exporters.go }, ambient)
    const rounded = (found: Awaited<ReturnType<SloSource['counted']>>): Counted => {
      if ('detail' in found) throw new Error(found.detail)
      return { requests: Math.round(found.requests), bad: Math.round(found.bad) }
    }

    beforeAll(async () => {
      v1 = await startApplication()
      v2 = await startApplication()
      v1.served(1000, 5, 20)
      prometheus = await startPrometheus(pathOf('prometheus'), { targets: { v1: v1.target, v2: v2.target } })
      await until(async () => (await prometheus.value('count(http_requests_total{code="200"})')) === 2, 'both applications to be scraped')
      slo = opened(prometheus.url)
    })
    afterAll(async () => {
      await prometheus.stop()
      await Promise.all([v1.stop(), v2.stop()])
    })

    test('what was there before anything was scraped is not of the span', async () => {
      await scraped()
      await scraped()
      expect(rounded(await slo.counted(availability, HOUR)).requests).toBeLessThan(10)
    })

    test('a series of failures counts from its first failure on, where the span began with others', async () => {
      await scraped()
      await scraped()
      await scraped()
      const before = Date.now()
      v2.served(500, 50, 100)
      await scraped()
      // From two or three seconds before v2 served, however long the questions take: then both were there, and none of its failures was.
      const spanMs = (): number => 1000 * (Math.ceil((Date.now() - before) / 1000) + 2)
      expect(rounded(await slo.counted(availability, spanMs(), { arm: arm('v2'), whose: 'own' }))).toEqual({ requests: 500, bad: 50 })
      expect(rounded(await slo.counted(latency, spanMs(), { arm: arm('v2'), whose: 'own' }))).toEqual({ requests: 500, bad: 100 })
      expect(rounded(await slo.counted(availability, spanMs(), { arm: arm('v2'), whose: 'others' }))).toEqual({ requests: 0, bad: 0 })
      expect(rounded(await slo.counted(availability, spanMs()))).toEqual({ requests: 500, bad: 50 })
    })

    test('a burning release fires, and not what serves beside it', async () => {
      const burn = (identity: string): ReturnType<ReturnType<typeof sloBurnTrigger>['look']> => sloBurnTrigger({ objectives: [availability], source: slo, arm: arm(identity) }).look({ version: identity, since: 0, alone: false })
      // Failures come with each scrape, as they do while a bad release is on trial.
      for (let second = 0; second < 3; second += 1) {
        v1.served(100, 0, 0)
        v2.served(100, 60, 0)
        await scraped()
      }
      expect(await burn('v2')).toMatchObject({ kind: 'fired', detail: expect.stringMatching(/^availability 99 % burns \d+\.\d times as fast .* by v2: \d+ of its \d+ requests were bad$/) })
      expect(await burn('v1')).toMatchObject({ kind: 'calm', detail: expect.stringContaining('not by v1') })
    })

    test('a process that starts again takes nothing of what was counted away', async () => {
      const before = rounded(await slo.counted(availability, HOUR, { arm: arm('v2'), whose: 'own' }))
      v2.restart()
      v2.served(300, 30, 0)
      await scraped()
      await scraped()
      const after = rounded(await slo.counted(availability, HOUR, { arm: arm('v2'), whose: 'own' }))
      // By `increase()`, which guesses what was between scrapes: near, not exact.
      expect(after.requests - before.requests).toBeGreaterThan(0)
      expect(after.requests - before.requests).toBeLessThan(450)
    })

    test('what it does not have is said', async () => {
      expect(await slo.counted({ ...latency, slowerThanMs: 250 }, HOUR)).toEqual({ detail: '`http_request_duration_seconds_bucket` has no bound at 250 ms' })
      const remembered = await slo.covered(720_000)
      expect(remembered).toBeGreaterThan(4000)
      expect(remembered).toBeLessThan(120_000)
      const other = prometheusSlo({ access: { url: prometheus.url }, label: 'version', holds: 'identity', select: ['job="other"'], counting: exporters.go }, ambient)
      expect(await other.counted(availability, HOUR)).toEqual({ detail: 'no series of `http_requests_total{job="other"}` was scraped twice in that time', passing: true })
      const hashed = prometheusSlo({ access: { url: prometheus.url }, label: 'version', holds: 'pod-template-hash', select: [], counting: exporters.go }, ambient)
      expect(await hashed.counted(availability, HOUR, { arm: arm('v2'), whose: 'own' })).toEqual({ detail: 'the platform does not say which `pod-template-hash` v2 has' })
      const nobody = opened('http://127.0.0.1:9')
      expect(await nobody.counted(availability, HOUR)).toEqual({ detail: expect.stringContaining('127.0.0.1:9'), passing: true })
      await expect(sloBurnTrigger({ objectives: [availability], source: nobody, arm: arm('v2') }).preflight()).rejects.toMatchObject({ code: 'trigger-unusable' })
    })
  })

  describe('a month of counters', () => {
    const DAY = 24 * HOUR
    let prometheus: RunningPrometheus
    const now = Date.now()
    // Every two minutes, so that the moment thirty days ago was scraped.
    const moments = (from: number, to: number): readonly number[] => Array.from({ length: Math.floor(((from - to) * DAY) / 120_000) }, (_, index) => now - from * DAY + index * 120_000)
    const series = (labels: string, at: readonly number[], value: (index: number) => number, job = 'shop'): readonly string[] => at.map((moment, index) => `http_requests_total{job="${job}",${labels}} ${value(index)} ${(moment / 1000).toFixed(3)}`)

    beforeAll(async () => {
      const history = [
        '# TYPE http_requests counter',
        // Ten requests each time; the release before ended twenty days ago.
        ...series('version="v0",code="200"', moments(31, 20), (index) => 10 * index),
        ...series('version="v1",code="200"', moments(20, 0), (index) => 10 * index),
        // It began with 40 failures at once, and was started again two days ago.
        ...series('version="v1",code="500"', moments(5, 0), (index) => (index < 3 * 720 ? 40 + index : index - 3 * 720)),
        // Ten days are remembered; all failures came at once, with the first of them.
        ...series('version="v1",code="200"', moments(10, 0), (index) => 10 * index, 'young'),
        ...series('version="v1",code="500"', moments(4, 0), () => 40, 'young'),
        '# EOF', '',
      ].join('\n')
      prometheus = await startPrometheus(pathOf('prometheus'), { targets: {}, history })
    })
    afterAll(() => prometheus.stop())

    const source = (select: readonly string[]): SloSource => prometheusSlo({ access: { url: prometheus.url }, label: 'version', holds: 'identity', select, counting: exporters.go }, ambient)

    test('is a budget: releases that are gone, a restart and first failures are in it', async () => {
      const [found] = await readBudgets({ objectives: [availability], onSpent: 'refuse', onUnknown: 'warn' }, source(['job="shop"']))
      if (found?.kind !== 'known') throw new Error(found?.detail)
      // 30 days of 720 times ten requests, and what the failures add; the edges are a guess of minutes.
      expect(found.counted.requests).toBeGreaterThan(216_000)
      expect(found.counted.requests).toBeLessThan(222_500)
      // By `increase()`, because it was started again: without the first forty.
      expect(found.counted.bad).toBeGreaterThan(3550)
      expect(found.counted.bad).toBeLessThan(3650)
      expect(found.coveredMs).toBeGreaterThan(29.9 * DAY)
      expect(budgetText(found)).toMatch(/^availability 99 %: the error budget of 30 days is spent; 3[56]\d\d of 2[12]\d\d allowed bad requests were used$/)
    })

    test('is read by what a file says of it, and its trigger with it', async () => {
      const environment = await environmentOf({ file: production('platform: { local: {} }', `judge: { metrics: { prometheus: { url: "${prometheus.url}", preset: go, select: '{job="shop"}' } } }`, 'slo: { availability: 90% }') })
      const lab = new FlowLab()
      const here = await lab.served('v0', 'v1')
      here.place = { slo: environment.slo!, metrics: environment.metrics!, triggers: environment.triggers! }
      const slo = await openSlo(environment, ambient)
      here.watching = () => ({ slo: slo!, triggers: openTriggers(here.environment(), ambient) })
      const { reason, summary } = await here.promote('v2', { dryRun: true })
      expect(reason).toBe('planned')
      expect(JSON.stringify(summary)).toMatch(/availability 90 %: 8[34]\.\d % of the error budget of 30 days is left; 3[56]\d\d of 2[12]\d\d\d allowed bad requests were used/)
      const opened = await openTriggers(environment, ambient)({ arm: arm('v1'), url: '', platform: here.process().ports().platform })
      expect(opened.map(({ name }) => name)).toEqual(['slo-burn'])
      await opened[0]!.preflight()
      expect(await opened[0]!.look({ version: 'v1', since: 0, alone: true })).toMatchObject({ kind: 'calm', detail: expect.stringMatching(/^availability 90 %: burns 0\.\d times/) })
    })

    test('of a source that remembers less counts first failures all the same', async () => {
      const [found] = await readBudgets({ objectives: [availability], onSpent: 'refuse', onUnknown: 'warn' }, source(['job="young"']))
      if (found?.kind !== 'known') throw new Error(found?.detail)
      expect(found.counted.bad).toBe(40)
      expect(found.counted.requests).toBeGreaterThan(71_500)
      expect(found.counted.requests).toBeLessThan(72_500)
    })

    test('what is remembered is said', async () => {
      const [found] = await readBudgets({ objectives: [availability], onSpent: 'refuse', onUnknown: 'warn' }, source(['job="shop"', 'version="v1"']))
      if (found?.kind !== 'known') throw new Error(found?.detail)
      expect(Math.abs(found.coveredMs - 20 * DAY)).toBeLessThan(2 * HOUR)
      expect(budgetText(found)).toContain('the error budget of 19 days (the source remembers no more of 30 days)')
    })

    test('a series that was not there at first counts whole while it goes on', async () => {
      const slo = source(['job="shop"'])
      const found = await slo.counted(availability, 4 * DAY, { arm: arm('v1'), whose: 'own' })
      if ('detail' in found) throw new Error(found.detail)
      expect(Math.abs(found.requests - 4 * 7200 - found.bad)).toBeLessThan(30)
    })
  })
})
