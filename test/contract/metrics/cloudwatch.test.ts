import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Arms } from '../../../core/domain/platform.js'
import type { Sample } from '../../../core/domain/sample.js'
import { cloudWatchMetrics, type CloudWatchGiven } from '../../../core/drivers/metrics/cloudwatch/index.js'
import type { Metrics } from '../../../core/ports/metrics.js'
import { NOON, turnedTime, type TurnedTime } from '../../support/cloud-lab.js'
import { expired, startCloudWatch, throttled, unwell, type FakeCloudWatch } from '../../support/services/cloudwatch.js'
import { metricsContract } from './suite.js'

const REGION = 'eu-west-3'
const BALANCER = 'app/shop/50dc6c495c0c9188'
const BLUE = 'targetgroup/shop-blue/73e2d6bc24d8a067'
const GREEN = 'targetgroup/shop-green/943f017f100becff'
const MINUTE = 60_000
const env = { AWS_ACCESS_KEY_ID: 'AKIDFAKE', AWS_SECRET_ACCESS_KEY: 'planted-secret-key', AWS_SESSION_TOKEN: 'planted-session', AWS_REGION: REGION }
/** As a platform gives them that says what it put behind each. */
const arms: Arms = {
  stable: { name: 'stable', identity: 'v1', labels: { targetGroup: BLUE, release: 'v1' } }, candidate: { name: 'candidate', identity: 'v2', labels: { targetGroup: GREEN, release: 'v2' } },
}

interface Place {
  readonly fake: FakeCloudWatch
  readonly time: TurnedTime
  readonly open: (more?: Partial<CloudWatchGiven>, variables?: Readonly<Record<string, string>>) => Metrics
}

async function place(signal?: AbortSignal): Promise<Place> {
  const fake = await startCloudWatch(BALANCER, REGION)
  const time = turnedTime(NOON, signal)
  return {
    fake, time,
    open: (more = {}, variables = env) => cloudWatchMetrics({ endpoint: fake.url, loadBalancer: BALANCER, targetGroups: {}, staleMs: 5 * MINUTE, ...more }, time.ambient, variables),
  }
}

metricsContract('cloudwatch', async () => {
  const { fake, time, open } = await place()
  fake.count(BLUE, NOON - 2 * MINUTE, { requests: 100, times: [0.1] })
  fake.count(GREEN, NOON - 2 * MINUTE, { requests: 1, times: [0.1] })
  return {
    open: (slowerThanMs) => open(slowerThanMs === undefined ? {} : { slowerThanMs }),
    arms,
    traffic: async (arm, requests, errors, slow) => {
      fake.count(arm === 'stable' ? BLUE : GREEN, time.now(), { requests, errors, times: Array.from({ length: requests }, (_, index) => (index < slow ? 0.4 : 0.05)) })
      time.pass(MINUTE)
    },
    withdraw: async () => fake.forget(GREEN),
    unplug: () => fake.close(),
    close: () => fake.close(),
  }
})

describe('counters of CloudWatch', () => {
  let here: Place
  let stop: AbortController
  beforeEach(async () => {
    stop = new AbortController()
    here = await place(stop.signal)
    here.fake.count(BLUE, NOON - MINUTE, { requests: 1000, errors: 5 })
    here.fake.count(GREEN, NOON - MINUTE, { requests: 10 })
  })
  afterEach(() => here.fake.close())

  const sampled = async (source: Metrics): Promise<Sample> => {
    const read = await source.read(arms)
    if (read.kind !== 'sample') throw new Error(`no sample: ${read.cause}, ${read.detail}`)
    return read
  }
  const counts = async (source: Metrics): Promise<readonly number[]> => {
    const { stable, candidate } = await sampled(source)
    return [stable!.requests, stable!.errors, candidate.requests, candidate.errors]
  }

  test('a minute counts when it is over, and once, however often it is asked for', async () => {
    const source = here.open()
    here.fake.count(GREEN, NOON, { requests: 7, errors: 2 })
    expect(await counts(source)).toEqual([1000, 5, 10, 0])
    here.time.pass(59_999)
    expect(await counts(source)).toEqual([1000, 5, 10, 0])
    here.time.pass(1)
    for (let look = 0; look < 16; look += 1, here.time.pass(30_000)) {
      for (const group of [BLUE, GREEN]) here.fake.count(group, here.time.now() - MINUTE, { requests: 0 })
      expect(await counts(source)).toEqual([1000, 5, 17, 2])
    }
  })

  test('late parts of a minute come in until it is five minutes old, and what is settled stays as it is', async () => {
    const source = here.open()
    here.time.pass(MINUTE)
    here.fake.count(GREEN, NOON, { requests: 50 })
    expect((await counts(source))[2]).toBe(60)
    here.fake.count(GREEN, NOON, { requests: 25, errors: 25 })
    expect((await counts(source)).slice(2)).toEqual([85, 25])
    here.time.pass(3 * MINUTE)
    for (const group of [BLUE, GREEN]) here.fake.count(group, here.time.now() - MINUTE, { requests: 0 })
    expect((await counts(source)).slice(2)).toEqual([85, 25])
    here.time.pass(MINUTE)
    here.fake.count(GREEN, NOON, { requests: 5 })
    here.fake.count(BLUE, here.time.now() - MINUTE, { requests: 1 })
    expect((await counts(source)).slice(2)).toEqual([90, 25])
    here.time.pass(MINUTE)
    await source.read(arms)
    here.fake.count(GREEN, NOON, { requests: 500 })
    here.fake.count(GREEN, here.time.now() - MINUTE, { requests: 3 })
    expect((await counts(source))[2]).toBe(93)
    // Another process that begins to count at the same moment comes to what is there now.
    expect((await counts(here.open()))[2]).toBe(593)
  })

  test('a source that was silent for long catches up', async () => {
    const source = here.open()
    await source.read(arms)
    here.fake.trouble(unwell, 20)
    for (let minute = 0; minute < 20; minute += 1) {
      here.fake.count(GREEN, here.time.now(), { requests: 10 })
      here.fake.count(BLUE, here.time.now(), { requests: 100 })
      here.time.pass(MINUTE)
      expect(await source.read(arms)).toMatchObject({ kind: 'no-data', cause: 'unreachable', detail: expect.stringContaining('InternalServiceFault') })
    }
    expect(await counts(source)).toEqual([3000, 5, 210, 0])
  })

  test('requests without a series of failures had none; connections that were refused are failures, no more than there were requests', async () => {
    expect(await counts(here.open())).toEqual([1000, 5, 10, 0])
    here.fake.count(GREEN, NOON, { requests: 20, errors: 3, refused: 4 })
    here.time.pass(MINUTE)
    expect(await counts(here.open())).toEqual([1000, 5, 30, 7])
    here.fake.count(GREEN, NOON, { refused: 400 })
    expect(await counts(here.open())).toEqual([1000, 5, 30, 30])
  })

  test('samples are dated by their newest minute, and the next is worth asking for when the next minute is over', async () => {
    const source = here.open()
    here.time.pass(20_000)
    expect(await sampled(source)).toMatchObject({ at: NOON, nextAt: NOON + MINUTE + 1000 })
    here.time.pass(50_000)
    expect(await sampled(source)).toMatchObject({ at: NOON, nextAt: NOON + 2 * MINUTE + 1000 })
    here.fake.count(BLUE, NOON, { requests: 3 })
    expect(await sampled(source)).toMatchObject({ at: NOON + MINUTE })
  })

  test('counters that are old say nothing', async () => {
    here.time.pass(5 * MINUTE + 1000)
    here.fake.count(BLUE, NOON + 4 * MINUTE, { requests: 3 })
    expect(await here.open().read(arms)).toMatchObject({ kind: 'no-data', cause: 'stale', detail: `the newest RequestCount of ${GREEN} (candidate) is 301 s old` })
  })

  test('slow is what is above the threshold, not what is at it', async () => {
    here.fake.count(GREEN, NOON - MINUTE, { times: [0.1, 0.3, 0.300001, 2, ...Array.from({ length: 995 }, () => 0.2)] })
    here.fake.count(BLUE, NOON - MINUTE, { times: [0.2] })
    expect(await here.open({ slowerThanMs: 300 }).read(arms)).toMatchObject({ stable: { slow: 0 }, candidate: { slow: 2 } })
    here.fake.spoil = (statistic) => (statistic.startsWith('PR') ? undefined : 1)
    expect(await here.open({ slowerThanMs: 300 }).read(arms)).toMatchObject({ kind: 'no-data', cause: 'malformed', detail: expect.stringContaining('no percentile rank') })
    await expect(here.open({ slowerThanMs: 300 }).preflight(arms)).rejects.toMatchObject({ code: 'metrics-unusable', fix: expect.stringContaining('`judge.latency`') })
  })

  test('an answer in pages is read to its end; one that is not whole is none', async () => {
    here.fake.pageSize = 2
    here.fake.count(GREEN, NOON - 2 * MINUTE, { requests: 4, errors: 1 })
    expect(await counts(here.open())).toEqual([1000, 5, 14, 1])
    here.fake.pageSize = 100
    here.fake.state = 'PartialData'
    expect(await here.open().read(arms)).toMatchObject({ kind: 'no-data', cause: 'unreachable', detail: expect.stringContaining('only a part') })
    here.fake.state = 'InternalError'
    expect(await here.open().read(arms)).toMatchObject({ kind: 'no-data', cause: 'unreachable', detail: expect.stringContaining('InternalError') })
  })

  test('the configuration names target groups where the platform does not, and ARNs will do', async () => {
    const bare: Arms = { stable: { name: 'stable', identity: 'v1', labels: {} }, candidate: { name: 'candidate', identity: 'v2', labels: {} } }
    const arn = 'arn:aws:elasticloadbalancing:eu-west-3:123456789012:'
    const source = here.open({ loadBalancer: `${arn}loadbalancer/${BALANCER}`, targetGroups: { stable: arn + BLUE, candidate: GREEN } }, { AWS_ACCESS_KEY_ID: 'AKIDFAKE', AWS_SECRET_ACCESS_KEY: 'x' })
    await source.preflight(bare)
    expect(await source.read(bare)).toMatchObject({ kind: 'sample', stable: { identity: 'v1', requests: 1000 }, candidate: { identity: 'v2', requests: 10 } })
    await expect(here.open({ targetGroups: { stable: BLUE } }).preflight(bare)).rejects.toMatchObject({ code: 'metrics-unusable', message: expect.stringContaining('which target group is the one of candidate'), fix: expect.stringContaining('`judge.metrics.cloudwatch.candidate`') })
    await expect(here.open({ targetGroups: { stable: BLUE, candidate: arn + BLUE } }).preflight(bare)).rejects.toMatchObject({ message: expect.stringContaining("can't be told apart") })
  })

  test('what the platform says of an arm goes before what is written', async () => {
    expect(await here.open({ targetGroups: { stable: GREEN, candidate: BLUE } }).read(arms)).toMatchObject({ stable: { requests: 1000 }, candidate: { requests: 10 } })
  })

  test.each([
    ['a balancer of another name', { loadBalancer: 'app/other/50dc6c495c0c9188' }, env, /has no RequestCount of targetgroup\/shop-blue\S+ behind app\/other/],
    ['no response times', { slowerThanMs: 300 }, env, /no TargetResponseTime/],
    ['a key that may not', {}, { ...env, AWS_ACCESS_KEY_ID: 'AKIDNARROW' }, /AccessDeniedException.*Grant `cloudwatch:GetMetricData`/s],
    ['a key that is not known', {}, { ...env, AWS_ACCESS_KEY_ID: 'AKIDSTRANGER' }, /UnrecognizedClientException.*Check the key id/s],
    ['no key', {}, { AWS_REGION: REGION }, /`AWS_ACCESS_KEY_ID` is not set.*`AWS_SECRET_ACCESS_KEY` is not set/s],
    ['no region', {}, { AWS_ACCESS_KEY_ID: 'AKIDFAKE', AWS_SECRET_ACCESS_KEY: 'x' }, /`AWS_REGION` is not set/],
    ['another region', { region: 'us-east-1' }, env, /SignatureDoesNotMatch/],
  ])('%s is found before traffic moves', async (_what, more, variables, words) => {
    here.fake.keys.set('AKIDNARROW', 'nothing')
    const fault = await here.open(more, variables).preflight(arms).then(() => undefined, (thrown: unknown) => thrown)
    expect(fault).toMatchObject({ family: 'input' })
    expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).toMatch(words)
    expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault))).not.toMatch(/planted/)
  })

  test('the preflight bears what is over in a second; a read does not wait for it', async () => {
    here.fake.trouble(throttled, 2)
    await here.open().preflight(arms)
    expect(here.time.now() - NOON).toBe(3000)
    const asked = here.fake.asked.length
    here.fake.trouble(throttled)
    expect(await here.open().read(arms)).toMatchObject({ kind: 'no-data', cause: 'unreachable', detail: expect.stringMatching(/ThrottlingException: Rate exceeded \(asked too often/) })
    expect(here.fake.asked.length - asked).toBe(1)
  })

  test.each([
    ['a connection that is cut', 'reset' as const, 'unreachable', /the connection was reset \(ECONNRESET\)/],
    ['a session that is over', expired, 'unreachable', /ExpiredToken/],
    ['a page of a proxy', { status: 502, body: '<html>Bad Gateway</html>' }, 'unreachable', /CloudWatch in eu-west-3 answered 502/],
    ['a page of a proxy that says all is well', { status: 200, body: '<html>Sign in</html>' }, 'malformed', /answered 200 with what is no answer of CloudWatch/],
  ])('%s is no data', async (_what, trouble, cause, words) => {
    here.fake.trouble(trouble)
    const read = await here.open().read(arms)
    expect(read).toMatchObject({ kind: 'no-data', cause, detail: expect.stringMatching(words) })
    expect(JSON.stringify(read)).not.toMatch(/planted/)
  })

  test('a run that is cancelled does not wait for an answer', async () => {
    here.fake.trouble('hang')
    const reading = here.open().read(arms)
    setTimeout(() => stop.abort(), 200)
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('secrets are masked before the first question', async () => {
    await here.open().read(arms)
    expect(here.time.masked).toEqual(['planted-secret-key', 'planted-session'])
  })
})
