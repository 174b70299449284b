/** A whole action, traced into a receiver of OTLP: what is below what, how long it took, what failed, and what is never told. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { parseTraceparent } from '../../../core/domain/traceparent.js'
import { withEngines } from '../../support/engines/index.js'
import { startCollector } from '../../support/otlp-collector.js'
import { startOtlp, type OtlpReceiver, type SeenSpan } from '../../support/services/otlp.js'
import { makeSuite, outputOf, startToy, type Ended } from '../../unit/host/toy/bundle.js'

const SECRET = 'hunter2/very "secret"'
const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
let suite: { root: string; remove(): void }
beforeAll(async () => {
  suite = await makeSuite()
})
afterAll(() => suite.remove())

const traced = (env: Record<string, string>): Promise<Ended> => startToy({
  root: suite.root, face: 'runner',
  env: { INPUT_DO: 'trace', INPUT_DATABASE: SECRET, GITHUB_RUN_ID: '77', GITHUB_WORKFLOW: 'deliver', GITHUB_JOB: 'production', GITHUB_REPOSITORY: 'acme/shop', ...env },
}).ended

const visible = ({ stdout, stderr, outputs, summary }: Ended): string => [stdout, stderr, outputs, summary].join('\n').split('\n').filter((line) => !line.startsWith('::add-mask::')).join('\n')

const followed = (start: () => Promise<OtlpReceiver>): void => {
  let receiver: OtlpReceiver
  let ended: Ended
  beforeAll(async () => {
    receiver = await start()
    ended = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-scope=shop,authorization=Bearer%20top-secret', OTEL_RESOURCE_ATTRIBUTES: 'team=payments', TRACEPARENT: PARENT })
    await receiver.stop()
  })

  const named = (name: string): SeenSpan => {
    const found = receiver.spans.filter((span) => span.name === name)
    expect(found).toHaveLength(1)
    return found[0]!
  }
  const below = (name: string): readonly string[] => receiver.spans.filter(({ parent }) => parent === named(name).id).map((span) => span.name).toSorted()

  test('goes well, and hands the trace on', () => {
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(receiver.refused).toEqual([])
    const root = named('ecluse toy')
    expect(parseTraceparent(outputOf(ended, 'traceparent') ?? '')).toEqual({ trace: '4bf92f3577b34da6a3ce929d0e0e4736', span: root.id, sampled: true })
    expect(root).toMatchObject({ parent: '00f067aa0ba902b7', failed: false, attributes: { 'ecluse.action': 'toy', 'ecluse.delivery': 'd-7', 'ecluse.ok': true, 'ecluse.reason': 'said' } })
  })

  test('has one trace, with each part below the one that it belongs to', () => {
    expect(new Set(receiver.spans.map(({ trace }) => trace))).toEqual(new Set(['4bf92f3577b34da6a3ce929d0e0e4736']))
    expect(below('ecluse toy')).toEqual(['Ask', 'Look around ***'])
    expect(below('Look around ***')).toEqual(['outer'])
    expect(below('outer')).toEqual(['first', 'second'])
    expect(below('Ask')).toEqual(['ask nobody', 'run a program', 'run a script'])
    expect(receiver.spans).toHaveLength(9)
  })

  test('says when each began and ended, within what it is a part of', () => {
    for (const span of receiver.spans) {
      const parent = receiver.spans.find(({ id }) => id === span.parent)
      expect(span.end).toBeGreaterThanOrEqual(span.start)
      // Calls are timed by a clock of whole milliseconds.
      if (parent !== undefined) expect([span.start >= parent.start - 2, span.end <= parent.end + 2]).toEqual([true, true])
    }
    expect(named('first').end - named('first').start).toBeGreaterThanOrEqual(29)
    expect(named('Ask').start).toBeGreaterThanOrEqual(named('Look around ***').end - 2)
  })

  test('says what failed, and why', () => {
    expect(receiver.spans.filter(({ failed }) => failed).map(({ name, message }) => [name, message.replace(/: .*/, '')]).toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))).toEqual([
      ['Ask', 'it was not good'], ['ask nobody', expect.stringContaining('Could not ask nobody')], ['run a script', 'exit code 4'], ['second', 'no luck with ***'],
    ])
    expect(named('ask nobody')).toMatchObject({ kind: 3, attributes: { 'http.request.method': 'GET', 'server.address': '127.0.0.1' } })
    expect(named('run a program')).toMatchObject({ attributes: { 'process.executable.name': 'node' } })
    expect(named('run a script')).toMatchObject({ attributes: { 'process.exit.code': 4 } })
    expect(named('Ask')).toMatchObject({ attributes: { 'ecluse.weight': 5, 'ecluse.late': true, said: '***' } })
  })

  test("gives the user's own commands their place in it", () => {
    expect(outputOf(ended, 'said')).toBe(`at 00-4bf92f3577b34da6a3ce929d0e0e4736-${named('run a script').id}-01`)
  })

  test('names the service and the pipeline, and what the user adds', () => {
    expect(named('first').resource).toMatchObject({ 'service.name': 'ecluse', 'cicd.pipeline.run.id': '77', 'cicd.pipeline.name': 'deliver', 'cicd.pipeline.task.name': 'production', 'vcs.repository.name': 'acme/shop', team: 'payments' })
  })

  test('carries the headers that were given, and tells nobody of them or of any secret', () => {
    for (const headers of receiver.headers) expect(headers).toMatchObject({ 'x-scope': 'shop', authorization: 'Bearer top-secret' })
    const told = [...receiver.raw, visible(ended)].join('\n')
    expect(told).toContain('ask nobody')
    for (const form of [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1), 'hunter2', 'top-secret']) expect(told).not.toContain(form)
  })
}

describe('a run that is followed', () => followed(() => startOtlp()))
withEngines(['otlp-receiver'], "a run that is followed by the collector's own receiver", (pathOf) => followed(() => startCollector(pathOf('otlp-receiver'))))

describe('by the standard variables', () => {
  let receiver: OtlpReceiver
  beforeEach(async () => {
    receiver = await startOtlp()
  })

  const trace = async (env: (url: string) => Record<string, string>): Promise<Ended> => {
    const ended = await traced(env(receiver.url))
    await receiver.stop()
    expect(receiver.refused).toEqual([])
    return ended
  }

  test('an address for traces alone is taken as it is, and a run without a parent begins a trace', async () => {
    const ended = await trace((url) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/v1/traces`, OTEL_SERVICE_NAME: 'shop-delivery', TRACEPARENT: 'nonsense' }))
    const root = receiver.spans.find(({ name }) => name === 'ecluse toy')!
    expect(root).toMatchObject({ parent: '', resource: { 'service.name': 'shop-delivery' } })
    expect(outputOf(ended, 'traceparent')).toBe(`00-${root.trace}-${root.id}-01`)
  })

  test('`ECLUSE_ENV` can hand them over, and a failure is one there too', async () => {
    const ended = await trace((url) => ({ ECLUSE_ENV: `OTEL_EXPORTER_OTLP_ENDPOINT=${url}/`, INPUT_WORD: 'fail' }))
    expect(ended.code).toBe(1)
    expect(receiver.spans.find(({ name }) => name === 'ecluse toy')).toMatchObject({ failed: true, message: 'error', attributes: { 'ecluse.ok': false, 'ecluse.reason': 'error' } })
  })

  test.each<readonly [string, Record<string, string>, string]>([
    ['switched off', { OTEL_SDK_DISABLED: 'true' }, PARENT],
    ['without an exporter', { OTEL_TRACES_EXPORTER: 'none' }, PARENT],
    ['not sampled by whoever began the trace', { TRACEPARENT: PARENT.replace(/01$/, '00') }, ''],
  ])('%s, nothing is sent, and the trace goes on', async (_, env, next) => {
    const ended = await trace((url) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url, TRACEPARENT: PARENT, ...env }))
    expect(ended.code).toBe(0)
    expect(receiver.raw).toEqual([])
    if (next !== '') expect(outputOf(ended, 'traceparent')).toBe(next)
    else expect(outputOf(ended, 'traceparent')).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-00$/)
  })

  test('without an address there is no trace, and its library is not loaded', async () => {
    const loads = async (env: Record<string, string>): Promise<boolean> => (await traced({ NODE_DEBUG: 'esm', TRACEPARENT: PARENT, ...env })).stderr.includes('@opentelemetry/sdk-trace-base')
    expect(await loads({})).toBe(false)
    expect(await loads({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })).toBe(true)
    await receiver.stop()
  })

  test.each([{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' }, { OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' }, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' }, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }])('what can not be served is said: %j', async (env) => {
    const ended = await trace(() => env)
    expect(ended.code).toBe(0)
    expect(ended.stdout).toContain('::warning title=toy::Spans are sent by OTLP over HTTP')
  })
})

test('the scheme of a header is no part of its secret, and the name of a tenant is none', async () => {
  const receiver = await startOtlp()
  const ended = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-scope-orgid=shop,authorization=Bearer%20top-secret', INPUT_DO: 'well', INPUT_WORD: 'shop hides top-secret' })
  await receiver.stop()
  expect(outputOf(ended, 'said')).toBe('shop hides ***')
})

describe('a receiver that is not well', () => {
  const warned = (ended: Ended): readonly string[] => ended.stdout.split('\n').filter((line) => line.startsWith('::warning'))

  test('and is down, changes nothing but one warning', async () => {
    const receiver = await startOtlp()
    await receiver.stop()
    const ended = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    expect(ended.code).toBe(0)
    expect(warned(ended)).toEqual([expect.stringContaining(`The trace of this run is not whole at ${receiver.url}`)])
  })

  test('and refuses, is named with what it said', async () => {
    const receiver = await startOtlp((response) => response.writeHead(401).end())
    const ended = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    await receiver.stop()
    expect(ended.code).toBe(0)
    expect(warned(ended)).toEqual([expect.stringMatching(/is not whole at .*(401|Unauthorized)/)])
  })

  test('and never answers, is not waited for', async () => {
    const receiver = await startOtlp(() => undefined)
    const ended = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    expect(receiver.raw).toHaveLength(1)
    await receiver.stop()
    expect(ended.code).toBe(0)
    expect(warned(ended)).toEqual([expect.stringContaining('nothing took the last spans within 2 s. Nothing else')])
    expect(outputOf(ended, 'reason')).toBe('said')
  })
})
