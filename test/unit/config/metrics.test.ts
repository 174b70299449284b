import { describe, expect, test } from '@jest/globals'
import { environmentOf, problemsOf, production, type Given } from './lab.js'

const from = (prometheus: string): Given => ({ file: production('platform: { local: {} }', `judge: { metrics: { prometheus: ${prometheus} } }`), env: { TOKEN: 'planted-token', PASSWORD: 'planted-password' } })

describe('a Prometheus as the source', () => {
  test('two lines with a preset', async () => {
    expect((await environmentOf(from('{ url: "https://prometheus.example", preset: istio }'))).metrics).toEqual({
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
    expect((await environmentOf(from(said))).metrics).toEqual({
      name: 'prometheus', url: 'http://127.0.0.1:9090/prometheus', bearer: 'planted-token', headers: { 'X-Scope-OrgID': 'shop' }, label: 'release', holds: 'instance', select: ['job="shop"', 'env!="test"'], staleMs: 180_000,
      counting: {
        requests: { metric: 'hits_total', matchers: ['kind="page"'] },
        errors: { metric: 'hits_total', matchers: ['kind="page"', 'outcome="bad"'] },
        latency: { metric: 'hit_ms', matchers: [], unit: 'ms' },
      },
    })
  })

  test('a preset whose failures are counted otherwise, and by another metric', async () => {
    const { metrics } = await environmentOf(from('{ url: "https://p.example", preset: go, errors: "failures_total", basic: { user: u, password: "${env:PASSWORD}" } }'))
    expect(metrics).toMatchObject({ basic: { user: 'u', password: 'planted-password' }, counting: { requests: { metric: 'http_requests_total' }, errors: { metric: 'failures_total', matchers: [] } } })
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
    expect(JSON.stringify(await problemsOf(from(written)))).toContain(words)
  })
})
