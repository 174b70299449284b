// How soon a bad release is stopped by what a real Prometheus has scraped of the real proxy, and how often a good one would be.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { newRecorder, sendVisitors } from '../../../demo/shop/visitors.mjs'
import { countedBy, openCounters, scrapeOf } from '../../support/counters-door.mjs'
import { engine } from '../../support/engines/catalogue.mjs'
import { startAction } from '../../support/runner.mjs'
import { loadTraffic } from '../judge.mjs'
import { lineOf, median } from '../lines.mjs'
import { watchMemory } from '../memory.mjs'
import { withShop } from '../shop.mjs'
import { RPS, secondsToStop } from '../stopping.mjs'
import { loadSources } from '../typescript.mjs'

const suite = 'evidence'
const RUNS = 3
const SETTLED_MS = 20_000
const WATCHED_MS = 120_000
const ANALYSIS_S = 240
const peer = 'peer: a canary analysis at intervals, Argo-like'

const scrapes = [{ everySeconds: 1, goal: { ours: 20 } }, { everySeconds: 15, goal: { ours: 75 } }]

/** A healthy release of a service that is never quite well. */
const NOISY = { rps: RPS, stableRate: 0.01, candidateRate: 0.01, pollSeconds: 1, maxSeconds: 900 }
const SEEDS = 200

export async function* measure({ runs = RUNS }) {
  for (const { everySeconds, goal } of scrapes) {
    const seconds = await stopForReal(everySeconds, runs)
    yield lineOf({ suite, metric: `stopped, whole action: 20 % fail, ${RPS} requests/s at 5 %, Prometheus scrapes every ${everySeconds} s (s, ${peer})`, ours: median(seconds), peer: ANALYSIS_S, goal })
  }
  const { simulateDecision } = await loadTraffic()
  for (const weight of [0.05, 0.5]) {
    const back = Array.from({ length: SEEDS }, (_, index) => simulateDecision({ ...NOISY, weight, seed: index + 1 }, 'FAIL')).filter((at) => at !== undefined).length
    yield lineOf({ suite, metric: `healthy with 1 % errors, ${SEEDS} times 15 min at ${100 * weight} %: sent back (peer: of how many)`, ours: back, peer: SEEDS, goal: { ours: 0 } })
    yield lineOf({ suite, metric: `the same: sent back, 95 % upper bound (%, peer: allowed by \`false-alarm\`)`, ours: 100 * upperBound(back, SEEDS), peer: 1, goal: { ours: 1.5 } })
  }
  const { cpu, mb } = await watchForReal()
  yield lineOf({ suite, metric: 'a minute of a watch of 60 minutes, measured over 2 after it had begun (CPU s, peer: a core of its own)', ours: cpu, peer: 60, goal: { ours: 1 } })
  yield lineOf({ suite, metric: `the same: most memory (MB, peer: the least runner's)`, ours: mb, peer: 7000, goal: { ours: 120 } })
}

/** Of a share of which `found` of `of` were seen: the highest that explains so few in one of twenty times (Clopper and Pearson). */
function upperBound(found, of) {
  const atMost = (share) => {
    let term = (1 - share) ** of
    let sum = term
    for (let count = 1; count <= found; count += 1) {
      term *= ((of - count + 1) / count) * (share / (1 - share))
      sum += term
    }
    return sum
  }
  let [low, high] = [found / of, 1]
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (atMost(middle) > 0.05) low = middle
    else high = middle
  }
  return high
}

/** Seconds from the first request that the bad release failed to the last that it was given. */
async function stopForReal(everySeconds, runs) {
  const { startPrometheus, until } = await loadSources("export { startPrometheus, until } from './test/support/prometheus-lab.ts'")
  return withShop(['v1', 'v3'], async ({ shop, images, run, deploy }) => {
    const door = await openCounters(shop.state, 'production')
    const prometheus = await startPrometheus(programOf('prometheus'), { targets: {}, scrapes: scrapeOf(door.target), everySeconds })
    try {
      await configure(shop, { rollout: { weights: [5, 100], step: { 'at-least': '60s' } }, judge: { every: '5s', errors: { 'fail-above': '+10%' }, metrics: countedBy(prometheus.url) } })
      await deploy('production', 'v1', 'v1')
      return await secondsToStop({
        runs, everySeconds, url: shop.url('production'),
        scraped: () => until(async () => ((await prometheus.value('sum(ecluse_requests_total{version="v1"})')) ?? 0) > 0, 'the release that serves to be scraped'),
        deliver: (version) => run('canary-promote', { environment: 'production', image: images.v3, version }, ['high-error-rate']),
      })
    } finally {
      await prometheus.stop()
      await door.close()
    }
  })
}

/** What a minute of watching costs once it has begun: CPU seconds, and the most memory (MB). */
const watchForReal = () =>
  withShop(['v1'], async ({ shop, deploy }) => {
    await configure(shop, { watch: '60m', judge: { errors: { ceiling: '5%' } } })
    await deploy('production', 'v1', 'v1')
    const visitors = sendVisitors({ url: shop.url('production'), rps: RPS, orders: false, recorder: newRecorder(Date.now()) })
    const watching = await startAction({ action: 'watch-release', inputs: { environment: 'production' }, cwd: shop.work })
    const memory = watchMemory(watching.pid)
    try {
      await sleep(SETTLED_MS)
      const before = await cpuSeconds(watching.pid)
      await sleep(WATCHED_MS)
      const after = await cpuSeconds(watching.pid)
      return { cpu: ((after - before) * 60_000) / WATCHED_MS, mb: memory.done() }
    } finally {
      memory.done()
      watching.kill('SIGINT')
      await watching.finished
      await watching.post()
      await watching.close()
      await visitors.stop()
    }
  })

/** Linux counts in hundredths of a second. */
async function cpuSeconds(pid) {
  const [user, system] = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ').slice(11, 13)
  return (Number(user) + Number(system)) / 100
}

function programOf(name) {
  const found = engine(name)
  if (!('path' in found)) throw new Error(`${found.missing} Bring it with: ${found.bring}`)
  return found.path
}

/** Keys of production, in the place of the demo's. */
async function configure({ work }, keys) {
  const file = path.join(work, 'ecluse.yml')
  const config = parse(await readFile(file, 'utf8'))
  Object.assign(config.environments.production, keys)
  await writeFile(file, stringify(config))
}
