import { describe, expect, test } from '@jest/globals'
import { complaintsOf, complaintsSchema } from '../../../core/config/schema-complaints.js'
import { environmentOf, problemsOf, production, type Given } from './lab.js'

const env = { DD_API_KEY: 'planted-api', DD_APP_KEY: 'planted-app', KEY_ID: 'planted-id', KEY: 'planted-key' }
const from = (metrics: string, judge = ''): Given => ({ file: production('platform: { local: {} }', `judge: { metrics: ${metrics}${judge} }`), env })
const datadog = (more: string): string => `{ datadog: { api-key: "\${env:DD_API_KEY}", application-key: "\${env:DD_APP_KEY}", ${more} } }`
const HITS = 'requests: trace.http.request.hits, errors: trace.http.request.errors'
const BALANCER = 'load-balancer: app/shop/50dc6c495c0c9188'
const GREEN = 'targetgroup/shop-green/943f017f100becff'

describe('CloudWatch as the source', () => {
  test('a balancer alone, where the platform says the rest', async () => {
    const environment = await environmentOf(from(`{ cloudwatch: { ${BALANCER} } }`))
    expect(environment.metrics).toEqual({ name: 'cloudwatch', loadBalancer: 'app/shop/50dc6c495c0c9188', targetGroups: {}, staleMs: 300_000 })
    expect(environment.judge.pollMs).toBe(30_000)
  })

  test('all that can be said', async () => {
    const said = `{ cloudwatch: { ${BALANCER}, stable: "arn:aws:elasticloadbalancing:eu-west-3:123456789012:targetgroup/shop-blue/73e2d6bc24d8a067", candidate: ${GREEN}, region: eu-west-3, endpoint: "https://vpce.example",`
      + ' access-key-id: "${env:KEY_ID}", secret-access-key: "${env:KEY}", stale-after: 10m } }'
    const { metrics, judge } = await environmentOf(from(said, ', every: 20s'))
    expect(metrics).toEqual({
      name: 'cloudwatch', loadBalancer: 'app/shop/50dc6c495c0c9188', targetGroups: { stable: 'arn:aws:elasticloadbalancing:eu-west-3:123456789012:targetgroup/shop-blue/73e2d6bc24d8a067', candidate: GREEN },
      region: 'eu-west-3', endpoint: 'https://vpce.example', credentials: { accessKeyId: 'planted-id', secretAccessKey: 'planted-key' }, staleMs: 600_000,
    })
    expect(judge.pollMs).toBe(20_000)
  })

  test.each([
    ['{ cloudwatch: {} }', '', 'load-balancer'],
    ['{ cloudwatch: { load-balancer: net/shop/50dc6c495c0c9188 } }', '', 'an Application Load Balancer'],
    [`{ cloudwatch: { ${BALANCER}, stable: shop-blue } }`, '', 'a target group, such as'],
    [`{ cloudwatch: { ${BALANCER}, stable: ${GREEN}, candidate: "arn:aws:elasticloadbalancing:eu-west-3:123456789012:${GREEN}" } }`, '', 'two target groups that differ'],
    [`{ cloudwatch: { ${BALANCER}, access-key-id: x } }`, '', 'both or neither'],
    [`{ cloudwatch: { ${BALANCER}, access-key-id: x, secret-access-key: planted } }`, '', 'secret-access-key` holds what its name calls a secret'],
    [`{ cloudwatch: { ${BALANCER} } }`, ', every: 10s', 'come minutes late'],
  ])('%s%s is refused', async (metrics, judge, words) => {
    expect(JSON.stringify(await problemsOf(from(metrics, judge)))).toContain(words)
  })
})

test('a dead-man\'s switch that is shorter than two looks is refused', async () => {
  const file = (metrics: string): Given => ({ file: production('platform: { local: {} }', `judge: { metrics: ${metrics} }`, 'rollout: { return-after: 45s }'), env })
  expect(await problemsOf(file(`{ cloudwatch: { ${BALANCER} } }`))).toEqual([expect.stringMatching(/ecluse\.yml:6:\d+: .*return-after` is 45s.*up to 30s after the one before: traffic would go back between two looks.*60s or more/)])
  expect(await problemsOf(file('{ local: {} }'))).toEqual([])
  expect(await problemsOf(file('{ local: {} }, every: 30s'))).toEqual([expect.stringMatching(/counters of `local` comes up to 30s after.*60s or more/)])
  expect(await problemsOf(file('{ command: { run: ./counters.sh, within: 20s } }'))).toEqual([])
  expect(await problemsOf(file('{ command: { run: ./counters.sh, within: 40s } }'))).toEqual([expect.stringMatching(/counters of `command` comes up to 41s after.*62s or more/)])
})

describe('Datadog as the source', () => {
  test('with its defaults', async () => {
    const environment = await environmentOf(from(datadog(HITS)))
    expect(environment.metrics).toEqual({
      name: 'datadog', api: 'https://api.datadoghq.com', apiKey: 'planted-api', applicationKey: 'planted-app', tag: 'version', select: [], staleMs: 180_000,
      requests: { metric: 'trace.http.request.hits', tags: [] }, errors: { metric: 'trace.http.request.errors', tags: [] },
    })
    expect(environment.judge.pollMs).toBe(20_000)
  })

  test('all that can be said', async () => {
    const said = 'site: datadoghq.eu, tag: release, select: "{service:shop,env:prod}", requests: "nginx.requests{kind:page}", errors: "{status_class:5xx}", latency: rum.duration, latency-in: nanoseconds, stale-after: 5m'
    expect((await environmentOf(from(datadog(said)))).metrics).toMatchObject({
      api: 'https://api.datadoghq.eu', tag: 'release', select: ['service:shop', 'env:prod'], requests: { metric: 'nginx.requests', tags: ['kind:page'] },
      errors: { metric: 'nginx.requests', tags: ['kind:page', 'status_class:5xx'] }, latency: { metric: 'rum.duration', tags: [], unit: 'ns' }, staleMs: 300_000,
    })
    expect((await environmentOf(from(datadog(`${HITS}, endpoint: "http://127.0.0.1:8126"`)))).metrics).toMatchObject({ api: 'http://127.0.0.1:8126' })
  })

  test.each([
    [datadog('requests: trace.http.request.hits'), '', 'errors'],
    [datadog(`${HITS}, site: datadog.example`), '', '`datadoghq.eu`'],
    [datadog('requests: "sum:x{*}.as_count()", errors: y'), '', 'a metric, with tags in braces'],
    [datadog(`${HITS}, select: shop`), '', 'tags in braces'],
    [`{ datadog: { api-key: planted, application-key: "\${env:DD_APP_KEY}", ${HITS} } }`, '', 'api-key` holds what its name calls a secret'],
    [`{ datadog: { api-key: "\${env:DD_API_KEY}", application-key: planted, ${HITS} } }`, '', 'application-key` holds what its name calls a secret'],
    [datadog(HITS), ', every: 5s', 'come minutes late'],
  ])('%s%s is refused', async (metrics, judge, words) => {
    expect(JSON.stringify(await problemsOf(from(metrics, judge)))).toContain(words)
  })
})

test('who goes back needs no keys of where the counters are', async () => {
  const file = production('platform: { local: {} }', `judge: { metrics: ${datadog(HITS)} }`)
  expect(await problemsOf({ file })).toEqual([expect.stringContaining('`DD_API_KEY`'), expect.stringContaining('`DD_APP_KEY`')])
  expect(await problemsOf({ file, unneeded: ['judge.metrics'] })).toEqual([])
})

describe('complaints of users', () => {
  const settled = (written: unknown): unknown => complaintsOf(complaintsSchema.parse(written))

  test.each([
    [{}, { moreThan: 5, source: { name: 'github-issues', label: 'complaint' } }],
    [{ 'more-than': 0, 'github-issues': { label: 'angry' } }, { moreThan: 0, source: { name: 'github-issues', label: 'angry' } }],
    [{ 'github-issues': null }, { moreThan: 5, source: { name: 'github-issues', label: 'complaint' } }],
    [{ sentry: { organization: 'shop', token: 't' } }, { moreThan: 5, source: { name: 'sentry', url: 'https://sentry.io', organization: 'shop', token: 't', release: '{version}', count: 'new-issues' } }],
    [{ sentry: { organization: 'shop', token: 't', project: 7, environment: 'production', release: 'shop@{version}', count: 'errors', url: 'https://sentry.example' } }, { moreThan: 5, source: { name: 'sentry', url: 'https://sentry.example', organization: 'shop', token: 't', project: 7, environment: 'production', release: 'shop@{version}', count: 'errors' } }],
    [{ counter: { url: 'https://support.example/?since={since}', json: 'count', bearer: 'b' } }, { moreThan: 5, source: { name: 'counter', url: 'https://support.example/?since={since}', json: 'count', bearer: 'b' } }],
  ])('%j', (written, options) => {
    expect(settled(written)).toEqual(options)
  })

  test.each([
    [{ sentry: { organization: 'shop', token: 't' }, counter: { url: 'https://x.example' } }, /one of these at most/],
    [{ 'more-than': -1 }, /whole number from 0/],
    [{ sentry: { organization: 'shop', token: 't', release: 'shop' } }, /`\{version\}` in it/],
    [{ counter: { url: 'ftp://x.example' } }, /begins with/],
    [{ 'github-issues': { labels: [] } }, /labels/],
  ])('%j is refused', (written, words) => {
    expect(JSON.stringify(complaintsSchema.safeParse(written).error?.issues)).toMatch(words)
  })
})
