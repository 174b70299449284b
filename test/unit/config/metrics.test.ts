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

  test('is waited for longer than the proxy of this machine, unless the file says otherwise: two scrapes 15 s apart fit into twelve polls', async () => {
    expect((await environmentOf(given('{ url: "https://p.example", preset: go }'))).judge.pollMs).toBe(5000)
    const file = production('platform: { local: {} }', 'judge: { every: 2s, metrics: { prometheus: { url: "https://p.example", preset: go } } }')
    expect((await environmentOf({ file })).judge.pollMs).toBe(2000)
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
  const printing = (command: string): Given => ({ file: production('platform: { local: {} }', `judge: { metrics: { command: ${command} } }`) })
  expect((await environmentOf(printing('{ run: ./counters.sh }'))).metrics).toEqual({ name: 'command', script: './counters.sh', timeoutMs: 10_000, staleMs: 90_000 })
  expect((await environmentOf(printing('{ run: ./counters.sh --all, within: 1m, stale-after: 5m }'))).metrics).toEqual({ name: 'command', script: './counters.sh --all', timeoutMs: 60_000, staleMs: 300_000 })
  expect(JSON.stringify(await problemsOf(printing('./counters.sh')))).toContain('a mapping, such as `{ run: ./scripts/counters.sh }`')
  expect(JSON.stringify(await problemsOf(printing('{ within: 1m }')))).toContain('run')
})

describe('metrics of one\'s own', () => {
  const custom = (written: string, ...more: readonly string[]): Given => ({ file: production('platform: { local: {} }', `judge: { metrics: { prometheus: { url: "https://p.example", preset: go, custom: ${written} } } }`, ...more) })
  const ORDERS = '{ events: \'orders_total{state="paid"}\', direction: higher-is-better, tolerance: 10% }'

  test('are asked for and judged, each by its name and its direction', async () => {
    const written = `{ orders: ${ORDERS}, refunds: { events: refunds_total, of: orders_total, direction: lower-is-better, tolerance: 20% 0.1pp, pass-within: 50% 1pp, warm-up: 30s } }`
    const { metrics, judge: { checks } } = await environmentOf(custom(written))
    expect(metrics).toMatchObject({ business: [
      { name: 'orders', events: { metric: 'orders_total', matchers: ['state="paid"'] } },
      { name: 'refunds', events: { metric: 'refunds_total', matchers: [] }, of: { metric: 'orders_total', matchers: [] } },
    ] })
    expect(checks.map(({ metric, name, warmupMs, wanted }) => [metric, name, warmupMs, wanted])).toEqual([['errors', 'errors', 0, undefined], ['business', 'orders', 0, true], ['business', 'refunds', 30_000, undefined]])
    const [, orders, refunds] = checks
    // A tenth less than stable: stable has a ninth more than the candidate. A pass must rule out a quarter.
    expect(orders!.fail.relative).toBeCloseTo(1 / 0.9, 12)
    expect(orders!.pass.relative).toBeCloseTo(1 / 0.75, 12)
    expect([orders!.fail.absolute, orders!.pass.absolute]).toEqual([0, 0])
    expect(refunds).toMatchObject({ fail: { relative: 1.2, absolute: 0.001 }, pass: { relative: 1.5, absolute: 0.01 } })
  })

  test('can be all that is judged, or switched off by name', async () => {
    const checksOf = async (...more: readonly string[]): Promise<readonly string[]> => (await environmentOf(custom(`{ orders: ${ORDERS} }`, ...more))).judge.checks.map(({ name }) => name)
    expect(await checksOf('triggers: { high-error-rate: false }')).toEqual(['orders'])
    expect(await checksOf('triggers: { business-metric: false }')).toEqual(['errors'])
    expect(await problemsOf({ file: production('platform: { local: {} }', 'triggers: { business-metric: true }') })).toEqual([expect.stringContaining('has nothing to look at: no metric of your own is named. Name one under `judge.metrics.prometheus.custom`')])
  })

  test('that allow nearly everything leave a pass something to rule out', async () => {
    const { judge: { checks } } = await environmentOf(custom('{ orders: { events: orders_total, direction: higher-is-better, tolerance: 90% } }'))
    expect(checks[1]!.pass.relative).toBeCloseTo(20, 9)
  })

  test.each([
    ['{ Orders: {} }', 'a name of small letters, digits and `-`, such as `orders`'],
    [`{ errors: ${ORDERS} }`, 'another name than `errors` and `latency`'],
    ['{ orders: { events: "rate(orders_total[5m])", direction: higher-is-better, tolerance: 10% } }', 'without functions, since growth is what is judged'],
    ['{ orders: { events: orders_total, tolerance: 10% } }', '`higher-is-better` or `lower-is-better`'],
    ['{ orders: { events: orders_total, direction: up, tolerance: 10% } }', '`higher-is-better` or `lower-is-better`'],
    ['{ orders: { events: orders_total, direction: higher-is-better } }', 'a part of what stable has, such as `10%` or `10% 0.1pp`'],
    ['{ orders: { events: orders_total, direction: higher-is-better, tolerance: 100% } }', 'is \\"100%\\", with which nothing would be too little. Write less than 100%.'],
    ['{ orders: { events: orders_total, direction: higher-is-better, tolerance: 20%, pass-within: 10% } }', 'pass-within` is tighter than `tolerance`'],
    ['{ orders: { query: orders_total, direction: higher-is-better, tolerance: 10% } }', 'query'],
  ])('%s is refused', async (written, words) => {
    expect(JSON.stringify(await problemsOf(custom(written)))).toContain(words)
  })

  test('are of a Prometheus alone', async () => {
    expect(JSON.stringify(await problemsOf({ file: production('platform: { local: {} }', `judge: { metrics: { local: { custom: { orders: ${ORDERS} } } } }`) }))).toContain('custom')
  })
})
