/** Each trigger fires once for real, on the platform `local`, and the watch takes the release back by its name. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { promote } from '../../../actions/canary-promote/flow.js'
import { watchRelease } from '../../../actions/watch-release/flow.js'
import { openGrounds } from '../../../core/delivery/grounds.js'
import type { HttpCheck } from '../../../core/domain/check.js'
import { VERSION_HEADER } from '../../../core/domain/edge-control/index.js'
import type { Environment } from '../../../core/domain/environment.js'
import type { MetricCheck } from '../../../core/domain/rollout.js'
import { openTriggers } from '../../../core/drivers/registry-alarms.js'
import { fileLedger } from '../../../core/drivers/ledger/file/index.js'
import { openCounters, scrapeOf } from '../../support/counters-door.mjs'
import { withEngines } from '../../support/engines/index.js'
import type { Variant } from '../../support/images.js'
import { load } from '../../support/load.mjs'
import { localLab, type LocalLab } from '../../support/local-lab.js'
import { startPrometheus, until } from '../../support/prometheus-lab.js'
import { startGitHub } from '../../support/services/github/github.mjs'
import { startSentry, TOKEN } from '../../support/services/sentry.js'
import { startWeb } from '../../support/services/web.js'

let lab: LocalLab
let usual: Environment
let made = 1

beforeAll(async () => {
  lab = await localLab({ keep: 5 })
  usual = {
    name: 'staging', app: 'shop', state: lab.state, url: lab.url, settings: {}, degraded: 'warn', checks: [], identity: { kind: 'header', path: '/health', header: VERSION_HEADER },
    rollout: { strategy: 'direct', weights: [100], onUndecided: 'promote-if-unsuspected', onNoData: 'rollback', stepAtLeastMs: 1000, stepAtMostMs: 10_000, decideWithinMs: 60_000, healthyWithinMs: 30_000, returnAfterMs: 30_000 },
    judge: { checks: [], pollMs: 200, alpha: 0.01, beta: 0.05, minCandidateRequests: 20 },
    watch: { forMs: 120_000, everyMs: 500, onFail: 'rollback' },
  }
  await delivered({ version: 'v1' }, usual)
})
afterAll(() => lab.close())

const open = (environment: Environment) => openGrounds({ platform: async () => lab.open({}, 'staging'), ledger: async () => fileLedger({ folder: `${lab.state}/ledger` }, lab.ambient) }, environment, lab.ambient)

async function delivered(variant: Variant, environment: Environment): Promise<void> {
  const { ok, message } = await promote({ environment: { ...environment, checks: [] }, url: lab.url, release: await lab.release(variant), requestedAt: Date.now(), dryRun: false }, await open(environment), lab.ambient)
  expect({ ok, message }).toMatchObject({ ok: true })
}

interface Case {
  readonly environment: Partial<Environment>
  readonly variant?: Partial<Variant>
  /** What goes wrong, once the release has all traffic. */
  readonly breaks?: (version: string) => unknown
  readonly slowerThanMs?: number
  readonly github?: string
}

/** What the watch of the next release made of it. */
async function watched({ environment: more, variant, breaks, slowerThanMs, github }: Case): Promise<unknown> {
  const environment = { ...usual, ...more }
  const version = `v${(made += 1)}`
  await delivered({ version, ...variant }, environment)
  await breaks?.(version)
  const ambient = github === undefined ? lab.ambient : { ...lab.ambient, github: { api: github, server: 'https://github.example', repository: 'acme/shop', token: 'ghs_fake', hosted: false } }
  const judged = environment.judge.checks.length > 0 ? { metrics: lab.metrics(slowerThanMs) } : {}
  const cache = (): Promise<never> => Promise.reject(new Error('there is no cache'))
  const ended = await watchRelease({ environment, url: lab.url, policy: environment.watch!, mode: 'run', startedAt: Date.now() }, { ...(await open(environment)), ...judged, triggers: openTriggers(environment, ambient), cache }, lab.ambient)
  expect((await fetch(lab.url)).headers.get(VERSION_HEADER)).toBe(ended.outputs.serves)
  const { ok, reason, message, outputs: { cause, serves } } = ended
  return { ok, reason, cause, serves, message }
}

const back = (cause: string, said: RegExp) => ({ ok: false, reason: 'rolled-back', cause, serves: 'v1', message: expect.stringMatching(said) })
const ceiling = (metric: MetricCheck['metric']): Pick<Environment, 'judge'> => ({ judge: { ...usual.judge, checks: [{ metric, name: metric, fail: { relative: 0, absolute: 0.05 }, pass: { relative: 0, absolute: 0.1 }, warmupMs: 0 }] } })
const stableUrl = async (): Promise<string> => (await lab.open({}, 'staging').observe()).stable!.url!

test.each<['errors' | 'latency', string, Partial<Variant>]>([
  ['errors', 'high-error-rate', { errorRate: 0.5 }],
  ['latency', 'high-response-time', { delayMs: 700 }],
])('requests judged by their %s: %s', async (metric, cause, variant) => {
  const users = load({ url: lab.url, rps: 40, seconds: 120 })
  try {
    const environment = { ...ceiling(metric), ...(metric === 'latency' ? { judge: { ...ceiling(metric).judge, slowerThanMs: 300 } } : {}) }
    expect(await watched({ environment, variant, ...(metric === 'latency' ? { slowerThanMs: 300 } : {}) })).toEqual(back(cause, new RegExp(`^${cause} of v`)))
  } finally {
    await users.stop()
  }
})

test('checks that pass before and fail now: health-check-failure', async () => {
  const check: HttpCheck = { name: 'GET /', method: 'GET', path: '/', headers: {}, expect: { status: [], contains: ['v1'], json: {}, header: {}, health: false } }
  expect(await watched({ environment: { checks: [check], triggers: { health: { after: 2, everyMs: 500 }, sloBurn: false } } })).toEqual(back('health-check-failure', /failed 2 times in a row/))
})

test('a process that ends and is started again: resource-exhaustion', async () => {
  const crash = async (version: string): Promise<void> => {
    await fetch(`${await stableUrl()}/crash`)
    await until(async () => (await lab.open({}, 'staging').vitals!({ since: 0, memory: false })).some((one) => one.version === version && one.restarts === 1) && (await lab.open({}, 'staging').observe()).stable?.healthy === true, 'the release to be started again')
  }
  expect(await watched({ environment: { triggers: { resources: { restarts: 1, outOfMemory: true, written: true }, sloBurn: false } }, breaks: crash })).toEqual(back('resource-exhaustion', /was started again once/))
})

test('a process that grows: resource-exhaustion', async () => {
  const growing = new AbortController()
  const grow = async (): Promise<void> => {
    const address = await stableUrl()
    const timer = setInterval(() => void fetch(`${address}/grow?bytes=${4 * 1024 * 1024}`).catch(() => undefined), 500)
    growing.signal.addEventListener('abort', () => clearInterval(timer))
  }
  try {
    // Looks are ten seconds apart, so this window is the shortest in which there are enough of them.
    // The watch is longer than nine of them take, however slow the machine is.
    expect(await watched({ environment: { watch: { ...usual.watch!, forMs: 240_000 }, triggers: { resources: { restarts: 3, outOfMemory: true, memory: { growth: 0.1, overMs: 75_000 }, written: true }, sloBurn: false } }, breaks: grow })).toEqual(back('resource-exhaustion', /the memory of `v\d+-\w+` grows by \d+ % in 1 min 15 s/))
  } finally {
    growing.abort()
  }
}, 300_000)

test('issues with a label: user-complaints', async () => {
  const fake = await startGitHub({ now: () => Date.now() })
  fake.addIssue({ title: 'An old one', labels: ['complaint'], state: 'closed' })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const complain = (): unknown => [1, 2].map(() => fake.addIssue({ title: 'It is broken', labels: ['complaint'] }))
  const complaints = { moreThan: 1, source: { name: 'github-issues', label: 'complaint' } } as const
  expect(await watched({ environment: { triggers: { complaints, sloBurn: false } }, breaks: complain, github: fake.url })).toEqual(back('user-complaints', /2 issues labelled `complaint` opened since/))
  await fake.close()
})

test('new issues of Sentry: user-complaints', async () => {
  const fake = await startSentry()
  const complain = (version: string): unknown => [1, 2].map(() => fake.issues.push({ release: `shop@${version}`, firstSeen: Date.now() }))
  const complaints = { moreThan: 1, source: { name: 'sentry', url: fake.url, organization: 'shop', release: 'shop@{version}', token: TOKEN, count: 'new-issues' } } as const
  expect(await watched({ environment: { triggers: { complaints, sloBurn: false } }, breaks: complain })).toEqual(back('user-complaints', /2 new issues of shop@v\d+ in Sentry/))
  await fake.close()
})

test('a counter of one’s own: user-complaints', async () => {
  let count = 0
  const fake = await startWeb(() => ({ status: 200, body: { count } }))
  const complaints = { moreThan: 1, source: { name: 'counter', url: `${fake.url}/?since={since}`, json: 'count' } } as const
  expect(await watched({ environment: { triggers: { complaints, sloBurn: false } }, breaks: () => (count = 2) })).toEqual(back('user-complaints', /2 complaints counted since/))
  await fake.close()
})

withEngines(['prometheus'], 'objectives by a real Prometheus', (pathOf) => {
  test.each([['fast', 0.5, /over 1 h and .* over 5 min \(limit 14\.4\)/], ['slow', 0.1, /over 6 h and .* over 30 min \(limit 6\)/]] as const)('that burn at the %s rule: slo-burn', async (_rule, share, said) => {
    const door = await openCounters(lab.state, 'staging')
    const prometheus = await startPrometheus(pathOf('prometheus'), { targets: {}, scrapes: scrapeOf(door.target) })
    const ask = async (version: string): Promise<void> => {
      for (let second = 0; second < 5; second += 1) {
        const before = (await prometheus.value(`sum(ecluse_requests_total{version="${version}"})`)) ?? 0
        for (let one = 0; one < 100; one += 1) await (await fetch(one < 100 * share ? `${lab.url}/fail` : lab.url)).text()
        await until(async () => ((await prometheus.value(`sum(ecluse_requests_total{version="${version}"})`)) ?? 0) >= before + 100, 'the requests to be scraped')
      }
    }
    const environment: Partial<Environment> = {
      slo: { objectives: [{ name: 'availability', target: 0.99 }], onSpent: 'refuse', onUnknown: 'warn' }, triggers: { sloBurn: true },
      metrics: { name: 'prometheus', url: prometheus.url, label: 'version', holds: 'identity', select: ['job="edge"'], counting: { requests: { metric: 'ecluse_requests_total', matchers: [] }, errors: { metric: 'ecluse_request_errors_total', matchers: [] } }, staleMs: 90_000 },
    }
    try {
      expect(await watched({ environment, breaks: ask })).toEqual(back('slo-burn', said))
    } finally {
      await Promise.all([prometheus.stop(), door.close()])
    }
  })
})
