// Users of the shop: what each of them got, by the release that answered.
import { load } from '../../test/support/load.mjs'

const CUSTOMERS = 5
const LONGEST_S = 150

/** Asks the page as five customers together at `rps`; with `orders`, some orders are placed too. */
export function sendVisitors({ url, rps, orders, recorder }) {
  const pages = Array.from({ length: CUSTOMERS }, (_, customer) =>
    load({ url: `${url}/?customer=${customer + 10}`, rps: rps / CUSTOMERS, seconds: LONGEST_S, connections: 8, onAnswer: recorder.record }))
  const writers = orders
    ? [load({ url: `${url}/orders`, rps: 5, seconds: LONGEST_S, connections: 2, method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"customer":7,"item":"Rope","cents":1250}', onAnswer: recorder.record })]
    : []
  const all = [...pages, ...writers]
  return {
    stopOrders: () => Promise.all(writers.map((one) => one.stop())),
    skipped: () => all.reduce((sum, one) => sum + one.counts().skipped, 0),
    stop: () => Promise.all(all.map((one) => one.stop())),
  }
}

/** Counts answers per release and per second. Pure but for what it is told. */
export function newRecorder(startedAt) {
  const releases = new Map()
  const seconds = []
  const failures = []
  const of = (version) => {
    if (!releases.has(version)) releases.set(version, { requests: 0, failed: 0, first: Infinity, last: -Infinity, lastDone: -Infinity })
    return releases.get(version)
  }
  const bucket = (at) => {
    const index = Math.max(0, Math.floor((at - startedAt) / 1000))
    while (seconds.length <= index) seconds.push({})
    return seconds[index]
  }
  return {
    record: ({ version, status, at, ms }) => {
      const name = version === '' ? 'nobody' : version
      const failed = status === 0 || status >= 400
      const all = of(name)
      all.requests += 1
      all.first = Math.min(all.first, at)
      all.last = Math.max(all.last, at)
      all.lastDone = Math.max(all.lastDone, at + ms)
      const now = (bucket(at)[name] ??= { requests: 0, failed: 0 })
      now.requests += 1
      if (failed) {
        all.failed += 1
        now.failed += 1
        failures.push({ version: name, status, second: (at - startedAt) / 1000, ms })
      }
    },
    of: (version) => releases.get(version) ?? { requests: 0, failed: 0 },
    versions: () => [...releases.keys()],
    total: () => [...releases.values()].reduce((sum, one) => sum + one.requests, 0),
    seconds: () => seconds,
    failures: () => failures,
  }
}
