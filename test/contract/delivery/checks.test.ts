import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals'
import { runChecks, type CheckReport, type ChecksRequest } from '../../../core/delivery/checks.js'
import { observeVersion, waitForVersion } from '../../../core/delivery/identity.js'
import type { Expectations, HttpCheck } from '../../../core/domain/check.js'
import { withEngines } from '../../support/engines/index.js'
import { realAmbient } from '../../support/surroundings.js'
import { FaultyApp } from './server.js'

const rule = { kind: 'json', path: '/version', pointer: 'version' } as const
const ambient = realAmbient({ work: '/tmp', dist: '/tmp' })
let app: FaultyApp
beforeEach(async () => {
  app = await new FaultyApp().start()
})
afterEach(() => app.stop())

const check = (path: string, expected: Partial<Expectations> = {}): HttpCheck => ({
  name: path, method: 'GET', path, headers: {}, expect: { status: [], contains: [], json: {}, header: {}, health: false, ...expected },
})

function run(checks: readonly HttpCheck[], parts: Partial<ChecksRequest> = {}): Promise<CheckReport> {
  // Long enough for a busy machine to have each of them answered, and for the code of the first question to be loaded.
  return runChecks({ url: app.url, checks, headers: {}, withinMs: 4000, retryEveryMs: 50, concurrency: 4, degraded: 'warn', ...parts }, ambient)
}

const told = ({ results }: CheckReport): Record<string, string> => Object.fromEntries(results.map(({ name, state, findings }) => [name, [state, ...findings].join(': ')]))

describe('checks of a real server', () => {
  it('tell each fault as what it is, and hide none', async () => {
    const report = await run([
      check('/'), check('/flap'), check('/slow', { withinMs: 100 }), check('/never'), check('/degraded', { health: true }), check('/moved'), check('/huge'), check('/reset'), check('/gone'),
    ])
    expect(report).toMatchObject({ ok: false, reason: 'checks-failed', notRun: [] })
    expect(told(report)).toEqual({
      '/': 'passed',
      '/flap': 'passed',
      '/slow': expect.stringMatching(/^failed: took \d{3,} ms, the budget is 100 ms$/),
      '/never': expect.stringMatching(/^failed: no answer: none came within/),
      '/degraded': 'degraded: health is "degraded": health check `mail` is "degraded"',
      '/moved': 'failed: status 302 (a redirect to "/login"), expected 2xx',
      '/huge': 'failed: no answer: the body is longer than 1048576 bytes',
      '/reset': 'failed: no answer: the connection was reset (ECONNRESET)',
      '/gone': 'failed: status 404, expected 2xx',
    })
    expect(report.results.find(({ name }) => name === '/flap')?.attempts).toBe(3)
  })

  it('keep to their time, and end early when all passed', async () => {
    const start = performance.now()
    expect(await run([check('/never'), check('/never2')], { withinMs: 700 })).toMatchObject({ ok: false })
    // Left to itself, a request is waited for twice as long.
    expect(performance.now() - start).toBeLessThan(5000)
    const again = performance.now()
    expect(await run([check('/'), check('/slow')], { withinMs: 60_000 })).toMatchObject({ ok: true, reason: 'passed' })
    expect(performance.now() - again).toBeLessThan(20_000)
  })

  it('say that the time was over when nothing but silence was observed', async () => {
    expect(await run([check('/never'), check('/')], { withinMs: 300 })).toMatchObject({ ok: false, reason: 'timed-out' })
  })

  it('say that nobody is there', async () => {
    const { url } = app
    await app.stop()
    expect(told(await run([check('/')], { url, withinMs: 1000 }))['/']).toBe('failed: no answer: connection refused (ECONNREFUSED)')
    app = await new FaultyApp().start()
  })

  it('look at the version first', async () => {
    app.version = () => '1'
    const report = await run([check('/')], { identity: rule, version: '2', withinMs: 1000 })
    expect(report).toMatchObject({ ok: false, reason: 'wrong-version', servedVersion: '1', notRun: ['/'] })
    expect(app.seen.every(({ path }) => path === '/version')).toBe(true)
    app.version = (asked) => (asked % 3 === 0 ? '1' : '2')
    expect(await run([check('/')], { identity: rule, version: '2', withinMs: 500 })).toMatchObject({ reason: 'wrong-version' })
    app.version = () => '2'
    expect(await run([check('/')], { identity: rule, version: '2' })).toMatchObject({ ok: true, servedVersion: '2', results: [{ name: 'served version', state: 'passed' }, { name: '/' }] })
  })

  it('show no secret that the server echoes', async () => {
    const report = await run([check('/echo', { contains: ['x'], json: { a: '1' } })], { headers: { authorization: 'planted-4711' }, hide: ['planted-4711'], withinMs: 1000 })
    expect(app.seen[0]?.headers.authorization).toBe('planted-4711')
    expect(JSON.stringify(report)).not.toContain('planted')
    expect(JSON.stringify(report)).toContain('you sent ***')
  })

  it('stop at once when their signal aborts, whatever is in flight', async () => {
    const stopping = new AbortController()
    const start = performance.now()
    setTimeout(() => stopping.abort(new Error('taken over')), 100)
    await expect(run([check('/never')], { signal: stopping.signal, withinMs: 60_000 })).rejects.toThrow('taken over')
    await expect(waitForVersion({ url: app.url, rule: { ...rule, path: '/never' }, headers: {}, version: '2', withinMs: 60_000, signal: stopping.signal }, ambient)).rejects.toThrow('taken over')
    expect(performance.now() - start).toBeLessThan(5000)
  })
})

describe('the served version', () => {
  it('is observed from a body or a header, and a missing one is told', async () => {
    const observe = (about: Parameters<typeof observeVersion>[1]): ReturnType<typeof observeVersion> => observeVersion(app.url, about, {}, ambient)
    expect(await observe(rule)).toEqual({ version: '2' })
    expect(await observe({ kind: 'header', path: '/', header: 'X-Release' })).toEqual({ version: '2' })
    expect(await observe({ kind: 'header', path: '/gone', header: 'x-release' })).toEqual({ missing: 'no header `x-release` in the answer (status 404)' })
    expect(await observe({ ...rule, path: '/reset' })).toEqual({ missing: expect.stringContaining('ECONNRESET') })
  })

  it('counts once three answers in a row named it', async () => {
    app.version = (asked) => (asked === 1 || asked === 4 ? '1' : '2')
    const seen = await waitForVersion({ url: app.url, rule, headers: {}, version: '2', withinMs: 5000 }, ambient)
    expect(seen).toMatchObject({ ok: true, version: '2', asked: 7, seen: '3 answers in a row named 2' })
  })

  it('is found fast when it is there already', async () => {
    const seen = await waitForVersion({ url: app.url, rule, headers: {}, version: '2', withinMs: 60_000 }, ambient)
    expect(seen).toMatchObject({ ok: true, asked: 3 })
    expect(seen.elapsedMs).toBeLessThan(5000)
  })

  it('that does not come is told with what came instead', async () => {
    app.version = () => '1'
    expect(await waitForVersion({ url: app.url, rule, headers: {}, version: '2', withinMs: 400 }, ambient)).toMatchObject({ ok: false, version: '1', seen: expect.stringMatching(/^(\d+) of the last \1 answers named 1$/) })
  })
})

it('checks of a certificate need https', async () => {
  expect(told(await run([check('/', { tlsDays: 30 })], { withinMs: 1000 }))['/']).toBe('failed: no certificate: the address is not https')
})

withEngines(['openssl'], 'a certificate', () => {
  let secure: string
  let tls: FaultyApp
  /** A try that the end of the time cuts short may have the answer and not yet the certificate. */
  const once = (checks: readonly HttpCheck[]): Promise<CheckReport> => run(checks, { url: secure, retryEveryMs: 5000 })
  beforeAll(async () => {
    tls = new FaultyApp()
    secure = await tls.startTls(10)
  })
  afterAll(() => tls.stop())

  it('that nobody trusts fails the check, and says how long it is valid yet', async () => {
    const [result] = (await once([check('/', { tlsDays: 30 })])).results
    expect(result).toMatchObject({
      state: 'failed',
      findings: ['no answer: its certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)', expect.stringMatching(/^the certificate of `shop\.test` is valid for 9 more days, at least 30 are wanted$/)],
    })
  })

  it('that is valid for long enough leaves only what else is wrong', async () => {
    const [result] = (await once([check('/', { tlsDays: 9 })])).results
    expect(result?.findings).toHaveLength(1)
  })
})
