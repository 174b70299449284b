/** A canary by the counters of a Prometheus that scrapes once a minute, as it does where nobody has set anything, asked every five seconds; on a virtual clock. */
import { expect, test } from '@jest/globals'
import { promote } from '../../../actions/canary-promote/flow.js'
import type { PromoteOutcome } from '../../../actions/canary-promote/outcome.js'
import { exporters } from '../../../core/domain/exporters.js'
import { prometheusMetrics } from '../../../core/drivers/metrics/prometheus/index.js'
import type { HttpRequest } from '../../../core/ports/http.js'
import { flow } from '../../support/fakes/metrics.js'
import { FlowLab } from '../../support/flow-lab.js'

const MINUTE = 60_000
interface Scrape {
  readonly at: number
  readonly arms: readonly { readonly version: string; readonly requests: number; readonly errors: number }[]
}

/** What Prometheus answers to the questions of the driver: the counters as they were at the last scrape. */
function scraping(lab: FlowLab, everyMs: number): { readonly answer: (asked: HttpRequest) => unknown; silentFrom: number; missed: number; empty: boolean } {
  const began = lab.time.now()
  let last: Scrape = { at: 0, arms: [] }
  const scrape = (): Scrape => {
    flow(lab.traffic)
    const arms = (['stable', 'candidate'] as const).flatMap((name) => {
      const arm = lab.world[name]
      const counted = arm && lab.traffic.counted.get(arm.id)
      return counted === undefined || counted.requests === 0 ? [] : [{ version: arm!.release.version, ...counted }]
    })
    return { at: lab.time.now(), arms }
  }
  const server = {
    silentFrom: Infinity,
    /** This one of its scrapes fails. */
    missed: -1,
    /** It is well, and scrapes nobody who counts. */
    empty: false,
    answer: ({ body }: HttpRequest): unknown => {
      const now = lab.time.now()
      if (now >= server.silentFrom) throw new Error('connection refused')
      const place = Math.floor((now - began) / everyMs)
      if (last.at === 0 || (now >= last.at + everyMs && place !== server.missed)) last = { ...scrape(), at: last.at === 0 ? now : began + place * everyMs }
      const query = new URLSearchParams(String(body)).get('query') ?? ''
      const series = (labels: Readonly<Record<string, string>>, value: number) => ({ metric: labels, value: [now / 1000, String(value)] })
      const both = (part: string, value: (arm: Scrape['arms'][number]) => number) => last.arms.map((arm) => series({ version: arm.version, ecluse_part: part }, value(arm)))
      const result = query.startsWith('label_replace(') ? [...both('requests', ({ requests }) => requests), ...both('times', () => last.at / 1000), ...both('errors', ({ errors }) => errors)]
        : query.startsWith('group by') ? last.arms.map(({ version }) => series({ version }, 1))
          : [series({}, query.includes('count_over_time(') ? everyMs / 1000 : 1)]
      return { status: 'success', data: { resultType: 'vector', result: server.empty ? [] : result } }
    },
  }
  return server
}

async function canary(change: (server: ReturnType<typeof scraping>, lab: FlowLab) => void = () => undefined): Promise<{ readonly outcome: PromoteOutcome; readonly lab: FlowLab; readonly minutes: number }> {
  const lab = await new FlowLab().served('v0', 'v1')
  const server = scraping(lab, MINUTE)
  change(server, lab)
  const by = lab.process()
  const ambient = { ...by.ambient, http: { ...by.ambient.http, request: async (asked: HttpRequest) => ({ status: 200, headers: {}, elapsedMs: 1, body: JSON.stringify(server.answer(asked)) }) } }
  const metrics = prometheusMetrics({ access: { url: 'http://prometheus.example' }, label: 'version', holds: 'identity', select: [], counting: exporters.go, staleMs: 90_000 }, ambient)
  const { judge } = lab.environment()
  const began = lab.time.now()
  const place = { rollout: { decideWithinMs: 60 * MINUTE, stepAtMostMs: 20 * MINUTE, returnAfterMs: 2 * MINUTE }, judge: { ...judge, pollMs: 5000 } }
  const outcome = await by.life(promote(lab.request('v2', { place }), { ...by.ports(), metrics }, by.ambient))
  return { outcome, lab, minutes: (lab.time.now() - began) / MINUTE }
}

test('a good release goes up: what was not scraped yet is no silence', async () => {
  const { outcome, lab } = await canary()
  expect(outcome).toMatchObject({ ok: true, reason: 'promoted' })
  expect(lab.rest).toMatchObject({ serves: 'v2', open: 0 })
})

test('nor is a scrape that fails', async () => {
  expect((await canary((server) => (server.missed = 1))).outcome).toMatchObject({ ok: true, reason: 'promoted' })
})

test('one that fails goes back for that', async () => {
  expect((await canary((_, lab) => (lab.traffic.errors['v2'] = 0.3))).outcome).toMatchObject({ reason: 'high-error-rate' })
})

test('a server that is gone is silence after three of its scrapes', async () => {
  const { outcome, minutes } = await canary((server, lab) => (server.silentFrom = lab.time.now() + 2 * MINUTE))
  expect(outcome).toMatchObject({ reason: 'no-data' })
  expect(minutes).toBeGreaterThan(4)
  expect(minutes).toBeLessThan(7)
})

test('where no such metric is there yet, that is named before the first weight, and what to do', async () => {
  const { outcome, lab } = await canary((server) => (server.empty = true))
  expect(outcome).toMatchObject({ ok: false, reason: 'no-data', message: expect.stringMatching(/There is no metric `http_requests_total` at all\. See that the application is scraped, and has been asked for something/) })
  expect(lab.rest).toMatchObject({ serves: 'v1', weight: 0, open: 0 })
  expect(lab.last?.result).not.toHaveProperty('bad')
})
