/** A real Prometheus on loopback that scrapes two applications each second. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { unusedPort } from './ports.mjs'

export interface RunningPrometheus {
  readonly url: string
  /** What an expression is now, by the labels that are left: for tests to wait for. */
  value(expression: string): Promise<number | undefined>
  /** Ends it as a power cut would; `start` brings it back with what it had written. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** An application with counters as client libraries write them. */
export interface Application {
  readonly target: string
  /** So many requests, of which so many failed and so many took more than 300 ms. */
  served(requests: number, errors: number, slow: number): void
  /** The process starts again: it counts from zero. */
  restart(): void
  /** It has no durations any more, as a release whose middleware was left out. */
  untimed(): void
  /** Whatever else it counts, as lines of its page; in the place of those before. */
  also(...lines: readonly string[]): void
  stop(): Promise<void>
}

const BOUNDS = [0.1, 0.3, 1]

export async function startApplication(): Promise<Application> {
  let counts = { good: 0, bad: 0, slow: 0 }
  let timed = true
  let more: readonly string[] = []
  const server = http.createServer((_asked, answer) => answer.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(`${exposition(counts, timed)}${more.map((line) => `${line}\n`).join('')}`))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    target: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    served(requests, errors, slow) {
      counts = { good: counts.good + requests - errors, bad: counts.bad + errors, slow: counts.slow + slow }
    },
    restart() {
      counts = { good: 0, bad: 0, slow: 0 }
    },
    untimed() {
      timed = false
    },
    also(...lines) {
      more = lines
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function exposition({ good, bad, slow }: { readonly good: number; readonly bad: number; readonly slow: number }, timed: boolean): string {
  const all = good + bad
  return [
    '# TYPE http_requests_total counter',
    `http_requests_total{code="200",method="get"} ${good}`,
    // As client libraries do: a series of failures begins with the first.
    ...(bad === 0 ? [] : [`http_requests_total{code="500",method="get"} ${bad}`]),
    ...(timed ? [
      '# TYPE http_request_duration_seconds histogram',
      ...BOUNDS.map((bound) => `http_request_duration_seconds_bucket{le="${bound}"} ${bound >= 1 ? all : all - slow}`),
      `http_request_duration_seconds_bucket{le="+Inf"} ${all}`,
      `http_request_duration_seconds_sum ${all * 0.05}`,
      `http_request_duration_seconds_count ${all}`,
    ] : []), '',
  ].join('\n')
}

export interface PrometheusSettings {
  /** Version → application. */
  readonly targets: Readonly<Record<string, string>>
  readonly everySeconds?: number
  /** One of several that scrape the same: each at its own moments, which follow from its outer labels. */
  readonly replica?: string
  /** Contents of the file `--web.config.file`, with TLS and a password. */
  readonly web?: string
  /** What a target answers with, in place of the one path and labels of `targets`: contents of `scrape_configs`. */
  readonly scrapes?: string
  /** What it has scraped before, as OpenMetrics text. */
  readonly history?: string
}

export async function startPrometheus(program: string, { targets, everySeconds = 1, replica = 'only', web, scrapes, history }: PrometheusSettings): Promise<RunningPrometheus> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-prometheus-'))
  const listed = Object.entries(targets).map(([version, target]) => `      - { targets: ['${target}'], labels: { version: '${version}' } }`)
  const usual = `  - job_name: shop\n    static_configs:\n${listed.join('\n')}\n`
  await writeFile(path.join(folder, 'prometheus.yml'), `global: { scrape_interval: ${everySeconds}s, scrape_timeout: ${everySeconds}s, external_labels: { replica: '${replica}' } }\nscrape_configs:\n${scrapes ?? usual}`)
  if (web !== undefined) await writeFile(path.join(folder, 'web.yml'), web)
  if (history !== undefined) {
    await writeFile(path.join(folder, 'history.txt'), history)
    await promisify(execFile)(path.join(path.dirname(program), 'promtool'), ['tsdb', 'create-blocks-from', '--max-block-duration=1440h', 'openmetrics', `${folder}/history.txt`, `${folder}/data`])
  }
  const port = await unusedPort()
  const url = `${web === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const running: RunningPrometheus = {
    url, kill,
    async start() {
      child = spawn(program, [
        `--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, '--storage.tsdb.retention.time=60d', `--web.listen-address=127.0.0.1:${port}`, '--log.level=error',
        ...(web === undefined ? [] : [`--web.config.file=${folder}/web.yml`]),
      ], { stdio: 'ignore' })
      await until(async () => (await statusOf(`${url}/-/ready`)) === (web === undefined ? 200 : 401), 'Prometheus to be ready')
    },
    async value(expression) {
      const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`)
      const { data } = (await answer.json()) as { readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] } }
      const found = data?.result[0]?.value[1]
      return found === undefined ? undefined : Number(found)
    },
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await running.start()
  return running
}

/** Whoever vouches for it. */
function statusOf(url: string): Promise<number | undefined> {
  const { get } = url.startsWith('https:') ? https : http
  return new Promise((resolve) => {
    get(url, { rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    }).once('error', () => resolve(undefined))
  })
}

export async function until(look: () => Promise<boolean>, what: string, withinMs = 30_000): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(50)) if (await look()) return
  throw new Error(`Waited in vain for ${what}.`)
}
