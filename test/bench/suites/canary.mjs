// How soon a bad release is stopped: the judge alone on seeded traffic, and the bundle on the `local` platform.
import { setTimeout as sleep } from 'node:timers/promises'
import { newRecorder, sendVisitors } from '../../../demo/shop/visitors.mjs'
import { loadTraffic } from '../judge.mjs'
import { lineOf, median } from '../lines.mjs'
import { withShop } from '../shop.mjs'

const suite = 'canary'
const SEEDS = 201
const REAL_RUNS = 3
const LIMIT_S = 300

/** What people have today: seconds until each looks at the candidate for the first time with power to stop it. */
const peers = [['a fixed wait of 5 minutes', 300], ['a canary analysis at intervals, Argo-like', 240]]

const cases = [
  { what: 'all requests fail, 50 requests/s', rps: 50, candidateRate: 1, goal: { ours: 5 } },
  { what: '20 % fail, 200 requests/s', rps: 200, candidateRate: 0.2, goal: { ours: 6 } },
  { what: '20 % fail, 50 requests/s', rps: 50, candidateRate: 0.2, goal: { ours: 15 } },
]

export async function* measure({ runs }) {
  const { simulateDetection } = await loadTraffic()
  for (const { what, rps, candidateRate, goal } of cases) {
    const spec = { rps, candidateRate, weight: 0.05, stableRate: 0, pollSeconds: 1, maxSeconds: LIMIT_S }
    const seconds = Array.from({ length: SEEDS }, (_, index) => simulateDetection({ ...spec, seed: index + 1 }) ?? Number.POSITIVE_INFINITY)
    for (const [name, peer] of peers) yield lineOf({ suite, metric: `stopped, judge alone: ${what} at 5 % (s, peer: ${name})`, ours: median(seconds), peer, goal })
  }
  const seconds = await stopForReal(runs ?? REAL_RUNS)
  // The judge's goal, one poll that just missed the first failure, and the way back.
  yield lineOf({ suite, metric: `stopped, whole action: 20 % fail, 200 requests/s at 5 % (s, peer: ${peers[1][0]})`, ours: median(seconds), peer: peers[1][1], goal: { ours: 7.5 } })
}

/** From the first to the last request that the bad release was given. */
const stopForReal = (runs) =>
  withShop(['v1', 'v3'], async ({ shop, images, run, deploy }) => {
    await deploy('production', 'v1', 'v1')
    const recorder = newRecorder(Date.now())
    const visitors = sendVisitors({ url: shop.url('production'), rps: 200, orders: false, recorder })
    try {
      const seconds = []
      for (let index = 1; index <= runs; index += 1) {
        const version = `bad-${index}`
        await run('canary-promote', { environment: 'production', image: images.v3, version }, ['high-error-rate'])
        await sleep(500)
        const { first, last } = recorder.of(version)
        seconds.push((last - first) / 1000)
      }
      return seconds
    } finally {
      await visitors.stop()
    }
  })
