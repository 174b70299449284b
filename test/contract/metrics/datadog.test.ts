import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Arms } from '../../../core/domain/platform.js'
import { datadogMetrics, type DatadogGiven } from '../../../core/drivers/metrics/datadog/index.js'
import type { Metrics } from '../../../core/ports/metrics.js'
import { NOON, turnedTime, type TurnedTime } from '../../support/cloud-lab.js'
import { API_KEY, APPLICATION_KEY, limited, startDatadog, type FakeDatadog } from '../../support/services/datadog.js'
import { metricsContract } from './suite.js'

const STEP = 20_000
const arms: Arms = { stable: { name: 'stable', identity: 'v1', labels: {} }, candidate: { name: 'candidate', identity: 'v2', labels: {} } }
const HITS = 'trace.http.request.hits'
const ERRORS = 'trace.http.request.errors'
const DURATION = 'trace.http.request'

interface Place {
  readonly fake: FakeDatadog
  readonly time: TurnedTime
  readonly open: (more?: Partial<DatadogGiven>) => Metrics
  readonly serve: (version: string, requests: number, more?: { readonly errors?: number; readonly slow?: number; readonly at?: number }) => void
}

async function place(): Promise<Place> {
  const fake = await startDatadog()
  const time = turnedTime()
  return {
    fake, time,
    open: (more = {}) => datadogMetrics({
      api: fake.url, apiKey: API_KEY, applicationKey: APPLICATION_KEY, tag: 'version', select: ['service:shop'], requests: { metric: HITS, tags: [] }, errors: { metric: ERRORS, tags: [] },
      latency: { metric: DURATION, tags: [], unit: 's' }, staleMs: 180_000, ...more,
    }, time.ambient),
    serve(version, requests, { errors = 0, slow = 0, at = time.now() } = {}) {
      const tags = ['service:shop', `version:${version}`]
      fake.submit({ metric: HITS, tags, at, value: requests })
      if (errors > 0) fake.submit({ metric: ERRORS, tags, at, value: errors })
      fake.submit({ metric: DURATION, tags, at, value: Array.from({ length: requests }, (_, index) => (index < slow ? 0.4 : 0.05)) })
    },
  }
}

metricsContract('datadog', async () => {
  const { fake, time, open, serve } = await place()
  serve('v1', 100, { at: NOON - 60_000 })
  serve('v2', 1, { at: NOON - 60_000 })
  return {
    open: (slowerThanMs) => open(slowerThanMs === undefined ? {} : { slowerThanMs }),
    arms,
    traffic: async (arm, requests, errors, slow) => {
      serve(arm === 'stable' ? 'v1' : 'v2', requests, { errors, slow })
      time.pass(STEP)
    },
    withdraw: async () => fake.forget('version:v2'),
    unplug: () => fake.close(),
    close: () => fake.close(),
  }
})

describe('counts of Datadog', () => {
  let here: Place
  beforeEach(async () => {
    here = await place()
    here.serve('v1', 1000, { errors: 5, at: NOON - 60_000 })
    here.serve('v2', 10, { at: NOON - 60_000 })
  })
  afterEach(() => here.fake.close())

  const counts = async (source: Metrics): Promise<readonly number[]> => {
    const read = await source.read(arms)
    if (read.kind !== 'sample') throw new Error(`no sample: ${read.cause}, ${read.detail}`)
    return [read.stable!.requests, read.stable!.errors, read.candidate.requests, read.candidate.errors]
  }

  test('a step counts when it is over, and once; late parts of it come in for three minutes', async () => {
    const source = here.open()
    here.serve('v2', 7, { errors: 2 })
    expect(await counts(source)).toEqual([1000, 5, 10, 0])
    here.time.pass(STEP)
    expect(await counts(source)).toEqual([1000, 5, 17, 2])
    expect(await counts(source)).toEqual([1000, 5, 17, 2])
    here.serve('v2', 3, { at: NOON })
    expect(await counts(source)).toEqual([1000, 5, 20, 2])
    here.time.pass(180_000)
    here.serve('v1', 1, { at: here.time.now() - STEP })
    await source.read(arms)
    here.serve('v2', 500, { at: NOON })
    here.serve('v2', 1, { at: here.time.now() - STEP })
    expect(await counts(source)).toEqual([1001, 5, 21, 2])
  })

  test('steps without a value are left out, and a release without failures had none', async () => {
    here.fake.nulls = true
    expect(await counts(here.open())).toEqual([1000, 5, 10, 0])
  })

  test('tags of the same metric tell failures apart, and what is selected is asked for', async () => {
    for (const [version, requests] of [['v1', 9], ['v2', 4]] as const) here.fake.submit({ metric: 'nginx.requests', tags: ['service:shop', `version:${version}`, 'status_class:5xx'], at: NOON - STEP, value: requests })
    here.fake.submit({ metric: 'nginx.requests', tags: ['service:other', 'version:v2', 'status_class:5xx'], at: NOON - STEP, value: 100 })
    here.fake.submit({ metric: 'nginx.requests', tags: ['service:shop', 'version:v2', 'status_class:2xx'], at: NOON - STEP, value: 50 })
    expect(await counts(here.open({ requests: { metric: 'nginx.requests', tags: [] }, errors: { metric: 'nginx.requests', tags: ['status_class:5xx'] } }))).toEqual([9, 9, 54, 4])
  })

  test('a release is known by what Datadog makes of its name', async () => {
    here.serve('2026.11.22_build.7', 12, { at: NOON - STEP })
    expect(await here.open().read({ candidate: { name: 'candidate', identity: '2026.11.22+Build.7', labels: {} } })).toMatchObject({ kind: 'sample', candidate: { identity: '2026.11.22+Build.7', requests: 12 } })
  })

  test.each(['v1', 'V1'])('a candidate %s beside v1 has the same tag: neither is ever judged by the counts of both', async (identity) => {
    const same: Arms = { stable: arms.stable!, candidate: { ...arms.candidate, identity } }
    expect(await here.open().read(same)).toMatchObject({ kind: 'no-data', cause: 'malformed', detail: expect.stringContaining("stable and candidate are both version:v1: they can't be told apart") })
    await expect(here.open().preflight(same)).rejects.toMatchObject({ code: 'metrics-unusable', message: expect.stringContaining("can't be told apart") })
  })

  test('the unit of durations is minded, and a metric that is no distribution is no proof of quick answers', async () => {
    const tags = ['service:shop', 'version:v2']
    here.fake.submit({ metric: 'rum.duration', tags, at: NOON - STEP, value: [299_000_000, 300_000_000, 300_000_001, 9e9] })
    const only: Arms = { candidate: arms.candidate }
    expect(await here.open({ slowerThanMs: 300, latency: { metric: 'rum.duration', tags: [], unit: 'ns' } }).read(only)).toMatchObject({ candidate: { slow: 2 } })
    const plain = here.open({ slowerThanMs: 300, latency: { metric: HITS, tags: [], unit: 's' } })
    expect(await plain.read(arms)).toMatchObject({ kind: 'no-data', cause: 'empty', detail: expect.stringContaining('has no durations of candidate') })
    await expect(plain.preflight(arms)).rejects.toMatchObject({ code: 'metrics-unusable', fix: expect.stringContaining('distribution') })
    await expect(datadogMetrics({ api: here.fake.url, apiKey: API_KEY, applicationKey: APPLICATION_KEY, tag: 'version', select: [], requests: { metric: HITS, tags: [] }, errors: { metric: ERRORS, tags: [] }, staleMs: 1, slowerThanMs: 300 }, here.time.ambient).preflight(arms))
      .rejects.toMatchObject({ message: expect.stringContaining('no distribution of durations is named') })
  })

  test('counters that are old say nothing', async () => {
    here.time.pass(125_000)
    here.serve('v1', 1, { at: NOON + 100_000 })
    expect(await here.open({ staleMs: 120_000 }).read(arms)).toMatchObject({ kind: 'no-data', cause: 'stale', detail: 'the newest count of candidate (version:v2) is 165 s old' })
  })

  test('one that was asked too often is left alone until it listens again', async () => {
    const source = here.open()
    here.fake.trouble(limited(90))
    const refused = { kind: 'no-data', cause: 'unreachable', nextAt: NOON + 90_000, detail: expect.stringContaining('1600 requests in 3600 s are used up by all of the organization') }
    expect(await source.read(arms)).toMatchObject(refused)
    here.time.pass(89_000)
    expect(await source.read(arms)).toMatchObject(refused)
    expect(here.fake.asked).toHaveLength(1)
    here.time.pass(1000)
    expect(await source.read(arms)).toMatchObject({ kind: 'sample' })
    here.fake.trouble(limited(600))
    await expect(here.open().preflight(arms)).rejects.toMatchObject({ code: 'metrics-unusable', message: expect.stringContaining('for 600 s yet') })
    expect(here.fake.asked).toHaveLength(3)
  })

  test.each([
    ['a metric that is not there', { requests: { metric: 'nothing.hits', tags: [] } }, /`nothing\.hits` has no counts in the last 10 minutes/],
    ['tags that fit nothing', { select: ['service:other'] }, /has no counts.*`select`/s],
    ['a tag that no series has', { tag: 'release' }, /nothing of what serves now, release:v1; there is release: N\/A.*another `tag`/s],
    ['an application key that may not', { applicationKey: 'planted-narrow-key' }, /403: Forbidden; Failed permission.*scope `timeseries_query`/s],
    ['a stranger\'s keys', { apiKey: 'planted-other-key' }, /403: Forbidden.*of this `site`/s],
  ])('%s is found before traffic moves', async (_what, more, words) => {
    here.fake.keys.set('planted-narrow-key', ['dashboards_read'])
    const fault = await here.open(more).preflight(arms).then(() => undefined, (thrown: unknown) => thrown)
    expect(fault).toMatchObject({ code: 'metrics-unusable' })
    const said = JSON.stringify(fault, Object.getOwnPropertyNames(fault))
    expect(said).toMatch(words)
    expect(said).not.toMatch(/planted/)
  })

  test.each([
    ['a query that it does not understand', { status: 200, body: { status: 'error', error: 'Error parsing query: unable to parse' } }, 'malformed', /Error parsing query/],
    ['a parameter that it refuses', { status: 400, body: { errors: ['Invalid query input'] } }, 'malformed', /400: Invalid query input/],
    ['an answer without series', { status: 200, body: { status: 'ok' } }, 'empty', /no series of/],
    ['series of another form', { status: 200, body: { status: 'ok', series: [{ pointlist: [[1, 2, 3]], tag_set: [], query_index: 0, interval: 20 }] } }, 'malformed', /should be a time and a value/],
    ['a page of a proxy', { status: 503, body: '<html>' }, 'unreachable', /answered 503/],
    ['a page of a proxy that says all is well', { status: 200, body: '<html>' }, 'malformed', /no answer of Datadog/],
    ['a connection that is cut', 'reset' as const, 'unreachable', /reset/],
  ])('%s is no data', async (_what, trouble, cause, words) => {
    here.fake.trouble(trouble)
    const read = await here.open().read(arms)
    expect(read).toMatchObject({ kind: 'no-data', cause, detail: expect.stringMatching(words) })
    expect(JSON.stringify(read)).not.toMatch(/planted/)
  })

  test('an answer in wider steps than were asked for is not taken for the right one', async () => {
    here.fake.step = 60
    expect(await here.open().read(arms)).toMatchObject({ kind: 'no-data', cause: 'malformed', detail: expect.stringContaining('in steps of 60 s, not of 20 s') })
  })
})
