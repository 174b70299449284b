// How long a bad release goes on while a Prometheus is what judges it: the same deliveries, wherever they run.
import { setTimeout as sleep } from 'node:timers/promises'
import { newRecorder, sendVisitors } from '../../demo/shop/visitors.mjs'

export const RPS = 50

/** Of each delivery: seconds from the first request that the bad release failed to the last that it was given. `scraped` resolves once the release that serves was. */
export async function secondsToStop({ runs, url, everySeconds, scraped, deliver }) {
  const seconds = []
  for (let index = 1; index <= runs; index += 1) {
    const startedAt = Date.now()
    const recorder = newRecorder(startedAt)
    const visitors = sendVisitors({ url, rps: RPS, orders: false, recorder })
    try {
      await scraped()
      // So that no run begins at the same moment between two scrapes as the others.
      await sleep((index / runs) * everySeconds * 1000)
      const version = `bad-${index}`
      await deliver(version)
      await sleep(500)
      const { second } = recorder.failures().find((failure) => failure.version === version)
      seconds.push((recorder.of(version).last - startedAt) / 1000 - second)
    } finally {
      await visitors.stop()
    }
  }
  return seconds
}
