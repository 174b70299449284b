/** Counters of the user's own, scraped by a real Prometheus. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { exporters } from '../../../core/domain/exporters.js'
import { createJudge, type JudgeVerdict } from '../../../core/domain/judge/index.js'
import { judgeSample } from '../../../core/domain/judging.js'
import type { BusinessMetric } from '../../../core/domain/metrics-choice.js'
import type { Arms } from '../../../core/domain/platform.js'
import type { MetricCheck } from '../../../core/domain/rollout.js'
import type { MissingMetric, NoData, Sample } from '../../../core/domain/sample.js'
import { prometheusMetrics, type PrometheusGiven } from '../../../core/drivers/metrics/prometheus/index.js'
import type { Metrics } from '../../../core/ports/metrics.js'
import { withEngines } from '../../support/engines/index.js'
import { startApplication, startPrometheus, until, type Application, type RunningPrometheus } from '../../support/prometheus-lab.js'
import { realAmbient } from '../../support/surroundings.js'

const arms: Arms = { stable: { name: 'stable', identity: 'v1', labels: {} }, candidate: { name: 'candidate', identity: 'v2', labels: {} } }
const counter = (metric: string, ...matchers: readonly string[]): BusinessMetric['events'] => ({ metric, matchers })
const orders: BusinessMetric = { name: 'orders', events: counter('orders_total', 'state="paid"') }
const paid: BusinessMetric = { ...orders, of: counter('checkouts_total') }

withEngines(['prometheus'], 'Counters of the user’s own', (pathOf) => {
  let applications: Readonly<Record<'v1' | 'v2' | 'v3', Application>>
  let prometheus: RunningPrometheus
  const ordered = { v1: 0, v2: 0 }

  /** Pages with what was ordered so far; each release has another application. */
  const order = (arm: 'v1' | 'v2', requests: number, count: number): void => {
    ordered[arm] += count
    applications[arm].served(requests, 0, 0)
    tell(arm)
  }
  const tell = (arm: 'v1' | 'v2', paidNow: string | number = ordered[arm]): void => applications[arm].also(
    '# TYPE orders_total counter', `orders_total{state="paid"} ${paidNow}`, 'orders_total{state="open"} 1',
    '# TYPE checkouts_total counter', `checkouts_total ${2 * ordered[arm]}`,
    '# TYPE items_total counter', `items_total ${500 * ordered[arm]}`,
    '# TYPE carts gauge', 'carts 3',
  )
  const scraped = async (): Promise<void> => {
    const now = Date.now() / 1000
    await until(async () => ((await prometheus.value('min(timestamp(http_requests_total{code="200"}))')) ?? 0) > now, 'the next scrape')
  }
  const open = (business: readonly BusinessMetric[], more: Partial<PrometheusGiven> = {}): Metrics =>
    prometheusMetrics({ access: { url: prometheus.url }, label: 'version', holds: 'identity', select: ['job="shop"'], counting: exporters.go, staleMs: 30_000, business, ...more }, realAmbient({ work: '', dist: '' }))
  const missingIn = (read: Sample | NoData): readonly MissingMetric[] | undefined => {
    if (read.kind !== 'sample') throw new Error(`no sample: ${read.cause}, ${read.detail}`)
    return read.missing
  }

  beforeAll(async () => {
    applications = { v1: await startApplication(), v2: await startApplication(), v3: await startApplication() }
    prometheus = await startPrometheus(pathOf('prometheus'), { targets: { v1: applications.v1.target, v2: applications.v2.target, v3: applications.v3.target } })
    applications.v3.served(1, 0, 0)
    order('v1', 1000, 50)
    order('v2', 100, 5)
    await until(async () => (await prometheus.value('count(orders_total{state="paid"})')) === 2, 'both applications to be scraped')
  })
  afterAll(async () => {
    await prometheus.stop()
    await Promise.all(Object.values(applications).map((one) => one.stop()))
  })

  test('are read with the requests, in one question, and count on over a process that starts again', async () => {
    const source = open([paid, orders].map((metric, index) => ({ ...metric, name: index === 0 ? 'paid' : 'orders' })))
    await source.preflight(arms)
    const first = await source.read(arms)
    expect(first.provenance).toHaveLength(1)
    expect(first).toMatchObject({
      kind: 'sample',
      stable: { business: { orders: { of: expect.any(Number), events: 50 }, paid: { of: 100, events: 50 } } },
      candidate: { business: { orders: { events: 5 }, paid: { of: 10, events: 5 } } },
    })
    order('v2', 10, 2)
    await scraped()
    await source.read(arms)
    // Two orders were counted before the process ended, and three are since it began again.
    ordered.v2 = 0
    applications.v2.restart()
    order('v2', 20, 3)
    await scraped()
    const last = await source.read(arms)
    if (first.kind !== 'sample' || last.kind !== 'sample') throw new Error('no sample')
    expect(last.candidate.business!['orders']!.events - first.candidate.business!['orders']!.events).toBe(5)
    expect(last.candidate.business!['orders']!.of).toBe(last.candidate.requests)
    expect(last).not.toHaveProperty('missing')
  })

  test('are not asked for where nothing is compared', async () => {
    const read = await open([orders]).read({ candidate: { ...arms.stable!, name: 'stable' } })
    expect(read.provenance!.map(({ query }) => query).join()).not.toContain('orders_total')
    expect(read).not.toHaveProperty('missing')
  })

  test.each<[string, BusinessMetric, RegExp]>([
    ['a metric that is not there', { name: 'sales', events: counter('sales_total') }, /There is no metric `sales_total` at all/],
    ['labels that fit nothing', { name: 'orders', events: counter('orders_total', 'state="sent"') }, /correct the labels/],
    ['a whole that is not there', { ...orders, of: counter('visits_total') }, /There is no metric `visits_total` at all/],
    ['a gauge', { name: 'carts', events: counter('carts') }, /`carts` of `carts` is a gauge, and only counters can be judged.*a counter that grows by one/],
  ])('%s is found before traffic moves', async (_, metric, words) => {
    const fault = await open([metric]).preflight(arms).then(() => undefined, (thrown: unknown) => thrown)
    expect(fault).toMatchObject({ code: 'metrics-unusable' })
    expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).toMatch(words)
  })

  test('more events than requests are found before traffic moves', async () => {
    order('v1', 100, 5)
    await scraped()
    await scraped()
    const fault = await open([{ name: 'items', events: counter('items_total') }]).preflight(arms).then(() => undefined, (thrown: unknown) => thrown)
    expect(fault).toMatchObject({ code: 'metrics-unusable', message: expect.stringMatching(/^`items` counted \d+ events of v1 in 10m, and only \d+ of `http_requests_total\{\}`/) })
    await open([orders]).preflight(arms)
  })

  describe('that nothing is known of are missing, with their cause, and everything else is still a sample', () => {
    test('of another release', async () => {
      applications.v3.also('orders_total{state="paid"} 7')
      applications.v2.also()
      await scraped()
      expect(missingIn(await open([orders]).read(arms))).toEqual([{ name: 'orders', cause: 'wrong-release', detail: expect.stringMatching(/^no series of `orders_total\{state="paid"\}` is of candidate \(version="v2"\), not even one at zero; there are those of v3$/) }])
      applications.v3.also()
      await scraped()
      expect(missingIn(await open([orders]).read(arms))).toMatchObject([{ name: 'orders', cause: 'empty' }])
    })

    test('that are no numbers', async () => {
      tell('v2', 'NaN')
      await scraped()
      expect(missingIn(await open([orders]).read(arms))).toMatchObject([{ cause: 'malformed', detail: expect.stringContaining('is no count') }])
    })

    test('that are old, though the requests are not', async () => {
      // As a program that pushes its counts leaves them: with the time at which they were true.
      const then = Date.now() - 20_000
      for (const arm of ['v1', 'v2'] as const) applications[arm].also(`pushed_total 5 ${then}`)
      await until(async () => (await prometheus.value('count(pushed_total)')) === 2, 'both to be scraped')
      const pushed = { name: 'pushed', events: counter('pushed_total') }
      expect(missingIn(await open([pushed], { staleMs: 10_000 }).read(arms))).toEqual([{ name: 'pushed', cause: 'stale', detail: expect.stringMatching(/^`pushed_total\{\}` of candidate \(version="v2"\) was last scraped \d\d s ago$/) }])
      expect(missingIn(await open([pushed], { staleMs: 200_000 }).read(arms))).toBeUndefined()
    })
  })

  test('send a release back that has hardly any, by what was scraped', async () => {
    applications.v2.restart()
    ordered.v2 = 0
    order('v2', 10, 1)
    tell('v1')
    await scraped()
    const source = open([orders])
    const checks: readonly MetricCheck[] = [{ metric: 'business', name: 'orders', wanted: true, fail: { relative: 1 / 0.9, absolute: 0 }, pass: { relative: 1 / 0.75, absolute: 0 }, warmupMs: 0 }]
    const judge = createJudge({ checks: [{ name: 'orders', wanted: true, fail: { r: 1 / 0.9, d: 0 } }], horizonBlocks: 60 })
    let verdict: JudgeVerdict | undefined
    for (let second = 0; second < 12 && verdict?.decision !== 'FAIL'; second += 1) {
      const read = await source.read(arms)
      if (read.kind === 'sample' && read.missing === undefined) verdict = judge.observe(second, judgeSample(checks, read), 0.5)
      order('v1', 400, 40)
      order('v2', 400, 4)
      await scraped()
    }
    expect(verdict).toMatchObject({ decision: 'FAIL' })
    expect(verdict!.checks[0]!.above).toBe(true)
  })
})
