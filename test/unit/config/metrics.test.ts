import { describe, expect, test } from '@jest/globals'
import { environmentOf, problemsOf, production, type Given } from './lab.js'

const given = (prometheus: string): Given => ({ file: production('platform: { local: {} }', `judge: { metrics: { prometheus: ${prometheus} } }`), env: { TOKEN: 'planted-token', PASSWORD: 'planted-password', CA: 'planted-certificate' } })

describe('a Prometheus as the source', () => {
  test('two lines with a preset', async () => {
    expect((await environmentOf(given('{ url: "https://prometheus.example", preset: istio }'))).metrics).toEqual({
      name: 'prometheus', url: 'https://prometheus.example', label: 'destination_version', holds: 'identity', select: [], staleMs: 90_000,
      counting: {
        requests: { metric: 'istio_requests_total', matchers: ['reporter="destination"'] },
        errors: { metric: 'istio_requests_total', matchers: ['reporter="destination"', 'response_code=~"5.."'] },
        latency: { metric: 'istio_request_duration_milliseconds', matchers: ['reporter="destination"'], unit: 'ms' },
      },
    })
  })

  test('all that can be said, without a preset', async () => {
    const said = '{ url: "http://127.0.0.1:9090/prometheus", label: release, holds: instance, select: \'{job="shop",env!="test"}\', requests: \'hits_total{kind="page"}\', errors: \'{outcome="bad"}\', latency: hit_ms, latency-in: milliseconds,'
      + ' bearer: "${env:TOKEN}", headers: { X-Scope-OrgID: shop }, stale-after: 3m }'
    expect((await environmentOf(given(said))).metrics).toEqual({
      name: 'prometheus', url: 'http://127.0.0.1:9090/prometheus', bearer: 'planted-token', headers: { 'X-Scope-OrgID': 'shop' }, label: 'release', holds: 'instance', select: ['job="shop"', 'env!="test"'], staleMs: 180_000,
      counting: {
        requests: { metric: 'hits_total', matchers: ['kind="page"'] },
        errors: { metric: 'hits_total', matchers: ['kind="page"', 'outcome="bad"'] },
        latency: { metric: 'hit_ms', matchers: [], unit: 'ms' },
      },
    })
  })

  test('a preset whose failures are counted otherwise, and by another metric', async () => {
    const { metrics } = await environmentOf(given('{ url: "https://p.example", preset: go, errors: "failures_total", basic: { user: u, password: "${env:PASSWORD}" }, ca: "${env:CA}" }'))
    expect(metrics).toMatchObject({ basic: { user: 'u', password: 'planted-password' }, ca: 'planted-certificate', counting: { requests: { metric: 'http_requests_total' }, errors: { metric: 'failures_total', matchers: [] } } })
  })

  test.each([
    ['{ url: "https://p.example" }', 'a `preset`, or `requests` and `errors`'],
    ['{ url: "https://p.example", requests: "hits_total" }', 'a `preset`, or `requests` and `errors`'],
    ['{ url: "ftp://p.example", preset: go }', 'begins with `https://` or `http://`'],
    ['{ url: "https://p.example", preset: apache }', '`nginx-ingress`, `traefik`'],
    ['{ url: "https://p.example", preset: go, select: "job=shop" }', 'labels in braces'],
    ['{ url: "https://p.example", requests: "sum(rate(hits_total[5m]))", errors: "bad_total" }', 'a metric, with labels in braces'],
    ['{ url: "https://p.example", preset: go, bearer: "${env:TOKEN}", basic: { user: u, password: "${env:PASSWORD}" } }', '`basic` or `bearer`, not both'],
  ])('%s is refused', async (written, words) => {
    expect(JSON.stringify(await problemsOf(given(written)))).toContain(words)
  })
})

describe('our own requests as the source', () => {
  const asking = (probe: string, ...more: readonly string[]): Given => ({ file: production(...more, `judge: { metrics: { probe: ${probe} } }`) })

  test.each([
    ['null', { name: 'probe', perSecond: 5, timeoutMs: 5000 }],
    ['{ get: /products?page=1, rate: 50, within: 800ms }', { name: 'probe', path: '/products?page=1', perSecond: 50, timeoutMs: 800 }],
  ])('%s', async (written, settled) => {
    for (const platform of ['platform: { local: {} }', 'platform: { compose: { service: web } }']) expect((await environmentOf(asking(written, platform))).metrics).toEqual(settled)
  })

  test('of answers that name their release in their body, only those of one path will do', async () => {
    const inBody = 'identity: { get: /version, json: version }'
    expect((await environmentOf(asking('{}', 'platform: { local: {} }', inBody))).metrics).toEqual({ name: 'probe', perSecond: 5, timeoutMs: 5000 })
    expect((await environmentOf(asking('{ get: /version }', 'platform: { local: {} }', inBody))).metrics).toMatchObject({ path: '/version' })
    expect((await environmentOf(asking('{ get: / }', 'platform: { local: {} }', 'identity: { header: x-release }'))).metrics).toMatchObject({ path: '/' })
    expect(await problemsOf(asking('{ get: / }', 'platform: { local: {} }', inBody))).toEqual([expect.stringMatching(/`environments\.production\.judge\.metrics\.probe\.get` is `\/`, and only answers of `\/version` name their release\. Take `get` out/)])
    expect(await problemsOf(asking('{}', 'url: https://shop.example'))).toEqual([expect.stringContaining('nothing says how an answer names its release. Set `identity`.')])
  })

  test.each([
    ['{ rate: 51 }', 'a whole number from 1 to 50'],
    ['{ rate: 0 }', 'a whole number from 1 to 50'],
    ['{ get: products }', 'a path that begins with `/`'],
    ['{ post: / }', 'post'],
  ])('%s is refused', async (written, words) => {
    expect(JSON.stringify(await problemsOf(asking(written, 'platform: { local: {} }')))).toContain(words)
  })
})

test('a program of one\'s own as the source', async () => {
  const counted = (command: string): Given => ({ file: production('platform: { local: {} }', `judge: { metrics: { command: ${command} } }`) })
  expect((await environmentOf(counted('{ run: ./counters.sh }'))).metrics).toEqual({ name: 'command', script: './counters.sh', timeoutMs: 10_000, staleMs: 90_000 })
  expect((await environmentOf(counted('{ run: ./counters.sh --all, within: 1m, stale-after: 5m }'))).metrics).toEqual({ name: 'command', script: './counters.sh --all', timeoutMs: 60_000, staleMs: 300_000 })
  expect(JSON.stringify(await problemsOf(counted('./counters.sh')))).toContain('a mapping, such as `{ run: ./scripts/counters.sh }`')
  expect(JSON.stringify(await problemsOf(counted('{ within: 1m }')))).toContain('run')
})
