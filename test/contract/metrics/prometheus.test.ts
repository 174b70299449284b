import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { exporters } from '../../../core/domain/exporters.js'
import type { Arms } from '../../../core/domain/platform.js'
import { prometheusMetrics, type PrometheusGiven } from '../../../core/drivers/metrics/prometheus/index.js'
import type { Metrics } from '../../../core/ports/metrics.js'
import { withEngines } from '../../support/engines/index.js'
import { startApplication, startPrometheus, until, type Application, type RunningPrometheus } from '../../support/prometheus-lab.js'
import { realAmbient } from '../../support/surroundings.js'
import { metricsContract } from './suite.js'

const arms: Arms = { stable: { name: 'stable', identity: 'v1', labels: {} }, candidate: { name: 'candidate', identity: 'v2', labels: { 'pod-template-hash': 'v2' } } }
const ambient = realAmbient({ work: '', dist: '' })

interface Place {
  readonly applications: Readonly<Record<'v1' | 'v2', Application>>
  readonly prometheus: RunningPrometheus
  open(more?: Partial<PrometheusGiven>): Metrics
  /** Both have been scraped since. */
  scraped(): Promise<void>
  close(): Promise<void>
}

async function place(program: string): Promise<Place> {
  const applications = { v1: await startApplication(), v2: await startApplication() }
  applications.v1.served(100, 0, 0)
  applications.v2.served(10, 0, 0)
  const prometheus = await startPrometheus(program, { targets: { v1: applications.v1.target, v2: applications.v2.target } })
  const newest = async (): Promise<number> => (await prometheus.value('min(timestamp(http_requests_total{code="200"}))')) ?? 0
  const there = async (): Promise<boolean> => (await prometheus.value('count(http_requests_total{code="200"})')) === 2
  await until(there, 'both applications to be scraped')
  return {
    applications, prometheus,
    open: (more = {}) => prometheusMetrics({ access: { url: prometheus.url }, label: 'version', holds: 'identity', select: ['job="shop"'], counting: exporters.go, staleMs: 30_000, ...more }, ambient),
    async scraped() {
      const now = Date.now() / 1000
      await until(async () => (await newest()) > now, 'the next scrape')
    },
    async close() {
      await prometheus.stop()
      await Promise.all(Object.values(applications).map(async (one) => one.stop().catch(() => undefined)))
    },
  }
}

withEngines(['prometheus'], 'Prometheus', (pathOf) => {
  // Counters are compared with what they were: what no test has broken serves the next one.
  let usable: Promise<Place> | undefined
  const another = async (): Promise<void> => {
    const old = usable
    usable = undefined
    await (await old)?.close()
  }
  afterAll(another)

  metricsContract('prometheus', async () => {
    const here = await (usable ??= place(pathOf('prometheus')))
    let broken = false
    return {
      open: (slowerThanMs) => here.open(slowerThanMs === undefined ? {} : { slowerThanMs }),
      arms,
      traffic: async (arm, requests, errors, slow) => {
        here.applications[arm === 'stable' ? 'v1' : 'v2'].served(requests, errors, slow)
        await here.scraped()
      },
      withdraw: async () => {
        broken = true
        await here.applications.v2.stop()
        await until(async () => (await here.prometheus.value('count(http_requests_total{version="v2"})')) === undefined, 'the candidate to be gone')
      },
      forget: async () => {
        here.applications.v2.restart()
        await here.scraped()
      },
      aged: async () => here.open({ staleMs: -1 }),
      unplug: async () => {
        broken = true
        await here.prometheus.kill()
      },
      uncountable: 250,
      close: async () => {
        if (broken) await another()
      },
    }
  }, { age: true })

  describe('that goes on', () => {
    let here: Place
    beforeAll(async () => {
      here = await (usable ??= place(pathOf('prometheus')))
    })

    const counts = async (source: Metrics): Promise<readonly number[]> => {
      const read = await source.read(arms)
      if (read.kind !== 'sample') throw new Error(`no sample: ${read.cause}, ${read.detail}`)
      return [read.candidate.requests, read.candidate.errors]
    }

    test('names what it asked, and the hash of each answer', async () => {
      const { provenance = [] } = await here.open({ slowerThanMs: 300 }).read(arms)
      // One question with all parts, so that one server answers all of them.
      expect(provenance.map(({ query }) => query.match(/\w+(?=\{)/g))).toEqual([['http_requests_total', 'http_requests_total', 'http_requests_total', 'http_request_duration_seconds_count', 'http_request_duration_seconds_bucket']])
      for (const { sha256 } of provenance) expect(sha256).toMatch(/^[0-9a-f]{64}$/)
      const { provenance: unheard = [] } = await here.open({ access: { url: 'http://127.0.0.1:1' } }).read(arms)
      expect(unheard.map(({ sha256 }) => sha256)).toEqual([undefined])
    })

    test('a process that starts again loses nothing that was counted', async () => {
      const source = here.open()
      const before = await counts(source)
      here.applications.v2.served(5, 2, 0)
      await here.scraped()
      const mid = await counts(source)
      here.applications.v2.restart()
      here.applications.v2.served(3, 1, 0)
      await here.scraped()
      const after = await counts(source)
      expect([mid, after].map((now) => now.map((count, index) => count - before[index]!))).toEqual([[5, 2], [8, 3]])
    })

    test('samples are dated by their scrape, and the next is worth asking for when it is due', async () => {
      const source = here.open()
      const [first] = [await source.read(arms)]
      const again = await source.read(arms)
      expect(again.at).toBeGreaterThanOrEqual(first.at)
      expect(first.nextAt).toBeUndefined()
      await here.scraped()
      await source.read(arms)
      await here.scraped()
      const later = await source.read(arms)
      expect(later.nextAt! - later.at).toBeGreaterThan(900)
      expect(later.nextAt! - later.at).toBeLessThan(2500)
    })

    test('a label of the platform tells arms apart as well', async () => {
      const byHash = here.open({ holds: 'pod-template-hash' })
      expect(await byHash.read({ candidate: arms.candidate })).toMatchObject({ kind: 'sample', candidate: { identity: 'v2' } })
      await expect(byHash.preflight(arms)).rejects.toMatchObject({ code: 'metrics-unusable', message: expect.stringContaining('does not say which `pod-template-hash`') })
    })

    test.each([
      ['a metric that is not there', { counting: { ...exporters.go, requests: { metric: 'nothing_total', matchers: [] } } }, /There is no metric `nothing_total` at all/],
      ['labels that fit nothing', { select: ['job="other"'] }, /correct the labels/],
      ['a label that no series has', { label: 'release' }, /without the label `release`/],
      ['another metric of failures that is not there', { counting: { ...exporters.go, errors: { metric: 'bad_total', matchers: [] } } }, /There is no metric `bad_total`/],
      ['a bound that is not there', { slowerThanMs: 250 }, /`judge\.latency\.slower-than` to one of 100 ms, 300 ms, 1000 ms/],
      ['no histogram', { slowerThanMs: 300, counting: { requests: exporters.go.requests, errors: exporters.go.errors } }, /has no histogram/],
      ['an expression that Prometheus does not understand', { select: ['job=~"("'] }, /answered 400.*regexp/],
    ])('%s is found before traffic moves', async (_what, more, words) => {
      const fault = await here.open(more).preflight(arms).then(() => undefined, (thrown: unknown) => thrown)
      expect(fault).toMatchObject({ code: 'metrics-unusable' })
      expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).toMatch(words)
    })

    test('one version beside itself, with other settings, is never judged by the counters of both', async () => {
      const same: Arms = { stable: arms.stable!, candidate: { ...arms.candidate, identity: 'v1' } }
      expect(await here.open().read(same)).toMatchObject({ kind: 'no-data', cause: 'malformed', detail: expect.stringContaining("they can't be told apart") })
      await expect(here.open().preflight(same)).rejects.toMatchObject({ code: 'metrics-unusable', message: expect.stringContaining('both `version="v1"`') })
    })

    test('counters that are old are told with their age', async () => {
      expect(await here.open({ staleMs: -1 }).read(arms)).toMatchObject({ kind: 'no-data', cause: 'stale', detail: expect.stringMatching(/^candidate \(version="v2"\) was last scraped \d+ s ago$/) })
    })

    test('a release that measures no durations any more is no data where latency is judged, and no release without slow requests', async () => {
      const source = here.open({ slowerThanMs: 300 })
      expect(await source.read(arms)).toMatchObject({ kind: 'sample', candidate: { slow: expect.any(Number) } })
      here.applications.v2.untimed()
      await here.scraped()
      expect(await source.read(arms)).toMatchObject({ kind: 'no-data', cause: 'empty', detail: 'candidate (version="v2") has no histogram with the bound 300 ms' })
      expect(await here.open().read(arms)).toMatchObject({ kind: 'sample' })
    })
  })
})
