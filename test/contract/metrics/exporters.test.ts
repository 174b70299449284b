/** Each preset against what its exporter writes, scraped by a real Prometheus; HAProxy's by the real one. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { exporters, type ExporterName } from '../../../core/domain/exporters.js'
import type { Arm, Arms } from '../../../core/domain/platform.js'
import { prometheusMetrics, type PrometheusGiven } from '../../../core/drivers/metrics/prometheus/index.js'
import type { Metrics } from '../../../core/ports/metrics.js'
import { withEngines } from '../../support/engines/index.js'
import { unusedPort } from '../../support/local-lab.js'
import { startPrometheus, until, type RunningPrometheus } from '../../support/prometheus-lab.js'
import { realAmbient } from '../../support/surroundings.js'

interface Case {
  readonly preset: ExporterName
  /** Files below `test/fixtures/exporters`, by version: with none, one tells of both. */
  readonly files: readonly (readonly [file: string, version?: string])[]
  readonly select?: readonly string[]
  readonly holds?: string
  readonly labels?: readonly [stable: string, candidate: string]
  /** One of its usual bounds. */
  readonly slowerThanMs: number
}

const inApplication = (preset: ExporterName, slowerThanMs: number): Case => ({ preset, slowerThanMs, files: [[`${preset}.v1`, 'v1'], [`${preset}.v2`, 'v2']], select: [`job="${preset}"`] })
const CASES: readonly Case[] = [
  { preset: 'nginx-ingress', files: [['nginx-ingress']], slowerThanMs: 250, select: ['exported_namespace="shop"', 'ingress="shop"'], holds: 'canary', labels: ['', 'shop-shop-candidate-80'] },
  { preset: 'traefik', files: [['traefik']], slowerThanMs: 300, holds: 'service', labels: ['shop-v1@docker', 'shop-v2@docker'] },
  { preset: 'envoy', files: [['envoy']], slowerThanMs: 250, holds: 'cluster', labels: ['shop_v1', 'shop_v2'] },
  { preset: 'istio', files: [['istio']], slowerThanMs: 250, select: ['destination_service_name="shop"'] },
  inApplication('spring', 300), inApplication('fastapi', 500), inApplication('express', 300), inApplication('go', 250),
]

function armsOf({ holds, labels }: Pick<Case, 'holds' | 'labels'>): Arms & { readonly stable: Arm } {
  const of = (value: string | undefined): Readonly<Record<string, string>> => (holds === undefined || value === undefined ? {} : { [holds]: value })
  return { stable: { name: 'stable', identity: 'v1', labels: of(labels?.[0]) }, candidate: { name: 'candidate', identity: 'v2', labels: of(labels?.[1]) } }
}

withEngines(['prometheus', 'haproxy'], 'a preset', (pathOf) => {
  let folder: string
  let pages: http.Server
  let services: readonly http.Server[]
  let proxy: ChildProcess
  let web: number
  let prometheus: RunningPrometheus

  const served = async (server: http.Server): Promise<number> => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }
  const service = (): http.Server => http.createServer(({ url }, answer) => {
    if (url === '/cut') answer.destroy()
    else if (url !== '/hang') answer.writeHead(url === '/fail' ? 500 : url === '/order' ? 303 : 200, url === '/order' ? { location: '/thanks' } : {}).end()
  })

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-exporters-'))
    pages = http.createServer((asked, answer) => {
      readFile(path.join('test', 'fixtures', 'exporters', `${path.basename(asked.url ?? '')}.txt`)).then((page) => answer.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(page), () => answer.writeHead(404).end())
    })
    const page = await served(pages)
    services = [service(), service()]
    const [one, two] = [await served(services[0]!), await served(services[1]!)]
    const [stats, nobody] = [await unusedPort(), await unusedPort()]
    web = await unusedPort()
    await writeFile(path.join(folder, 'haproxy.cfg'), [
      'global', '  maxconn 100', 'defaults', '  mode http', '  timeout connect 2s', '  timeout client 5s', '  timeout server 2s', '  retries 0',
      'frontend stats', `  bind 127.0.0.1:${stats}`, '  http-request use-service prometheus-exporter if { path /metrics }',
      'frontend web', `  bind 127.0.0.1:${web}`, '  use_backend shop_v2 if { hdr(x-arm) v2 }', '  use_backend shop_gone if { path /gone }', '  default_backend shop_v1',
      'backend shop_v1', `  server a 127.0.0.1:${one}`, 'backend shop_v2', `  server a 127.0.0.1:${two}`, '  use-server a unless { path /refused }', '  use-server b if { path /refused }', `  server b 127.0.0.1:${nobody}`, 'backend shop_gone', '',
    ].join('\n'))
    proxy = spawn(pathOf('haproxy'), ['-f', path.join(folder, 'haproxy.cfg'), '-db'], { stdio: 'ignore' })
    const listed = CASES.flatMap(({ preset, files }) => files.map(([file, version]) =>
      `  - job_name: ${version === undefined ? preset : `${preset}-${version}`}\n    metrics_path: /${file}\n    static_configs: [{ targets: ['127.0.0.1:${page}'], labels: { job: ${preset}${version === undefined ? ', namespace: monitoring' : `, version: ${version}`} } }]\n`))
    const own = `  - job_name: haproxy\n    static_configs: [{ targets: ['127.0.0.1:${stats}'] }]\n`
    prometheus = await startPrometheus(pathOf('prometheus'), { targets: {}, scrapes: [...listed, own].join('') })
    await until(async () => (await prometheus.value('count(up == 1)')) === listed.length + 1, 'all of them to be scraped')
  })
  afterAll(async () => {
    await prometheus.stop()
    proxy.kill('SIGKILL')
    for (const server of [pages, ...services]) {
      server.closeAllConnections()
      server.close()
    }
    await rm(folder, { recursive: true, force: true })
  })

  const open = (preset: ExporterName, { select = [], holds = 'identity', slowerThanMs }: Partial<Case>, more: Partial<PrometheusGiven> = {}): Metrics => {
    const { label, ...counting } = exporters[preset]
    return prometheusMetrics({ access: { url: prometheus.url }, label, holds, select, counting, staleMs: 30_000, ...(slowerThanMs === undefined ? {} : { slowerThanMs }), ...more }, realAmbient({ work: '', dist: '' }))
  }

  test.each(CASES)('$preset: both arms apart, failures and slow ones', async (one) => {
    const source = open(one.preset, one)
    const arms = armsOf(one)
    await source.preflight(arms)
    expect(await source.read(arms)).toMatchObject({
      kind: 'sample', stable: { identity: 'v1', requests: 1000, errors: 7, slow: 50 }, candidate: { identity: 'v2', requests: 100, errors: 9, slow: 12 },
    })
  })

  test('haproxy: what was not answered has failed', async () => {
    const arms = armsOf({ holds: 'backend', labels: ['shop_v1', 'shop_v2'] })
    const source = open('haproxy', { holds: 'backend' })
    await source.preflight(arms)
    const ask = (arm: string, place: string): Promise<number> => fetch(`http://127.0.0.1:${web}${place}`, { headers: { 'x-arm': arm } }).then(({ status }) => status)
    for (let count = 0; count < 5; count += 1) expect(await ask('v1', '/')).toBe(200)
    expect(await Promise.all(['/', '/fail', '/hang', '/cut', '/refused', '/'].map((place) => ask('v2', place)))).toEqual([200, 500, 504, 502, 503, 200])
    await until(async () => {
      const read = await source.read(arms)
      return read.kind === 'sample' && read.candidate.requests >= 6 && read.stable!.requests >= 5
    }, 'the next scrape')
    expect(await source.read(arms)).toMatchObject({ kind: 'sample', stable: { requests: 5, errors: 0 }, candidate: { requests: 6, errors: 4 } })
  })

  test('haproxy: what the user counts among its answers, orders for one', async () => {
    const arms = armsOf({ holds: 'backend', labels: ['shop_v1', 'shop_v2'] })
    const source = open('haproxy', { holds: 'backend' }, { business: [{ name: 'orders', events: { metric: 'haproxy_backend_http_responses_total', matchers: ['code="3xx"'] } }] })
    // Nobody has ordered yet, and it says so: zero is a count.
    await source.preflight(arms)
    const first = await source.read(arms)
    expect(first).toMatchObject({ kind: 'sample', stable: { business: { orders: { events: 0 } } }, candidate: { business: { orders: { events: 0 } } } })
    const ask = async (arm: string, place: string): Promise<void> => void (await fetch(`http://127.0.0.1:${web}${place}`, { headers: { 'x-arm': arm }, redirect: 'manual' }))
    for (const place of ['/', '/order', '/order', '/order']) await ask('v1', place)
    for (const place of ['/', '/order', '/']) await ask('v2', place)
    const before = first.kind === 'sample' ? first.candidate.requests : 0
    await until(async () => {
      const read = await source.read(arms)
      return read.kind === 'sample' && read.candidate.requests >= before + 3 && read.stable!.business!['orders']!.events >= 3
    }, 'the next scrape')
    const last = await source.read(arms)
    expect(last).toMatchObject({ kind: 'sample', stable: { business: { orders: { events: 3 } } }, candidate: { business: { orders: { events: 1, of: before + 3 } } } })
    expect(last).not.toHaveProperty('missing')
  })

  test('every preset is tried here', () => {
    expect(new Set([...CASES.map(({ preset }) => preset), 'haproxy'])).toEqual(new Set(Object.keys(exporters)))
  })
})
