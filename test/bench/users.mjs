// Users of an address at a steady rate: who answered each, when, and who was turned away.
import { setTimeout as sleep } from 'node:timers/promises'
import { load } from '../support/load.mjs'

const LONGEST_S = 600
const ANSWERED_WITHIN_MS = 60_000

/** `answers`: `{ at, ms, version, ok }`, in the order in which they ended; `at` is when the request began (epoch ms). */
export function sendUsers(url, rps = 200) {
  const answers = []
  const asking = load({ url, rps, seconds: LONGEST_S, onAnswer: ({ at, ms, version, status }) => answers.push({ at, ms, version, ok: status > 0 && status < 400 }) })
  return {
    answers,
    /** Resolves when a request that began after `from` has been answered by this version, or by any. */
    answeredBy: async (version, from) => {
      for (const end = Date.now() + ANSWERED_WITHIN_MS; Date.now() < end; await sleep(10)) if (answers.some((one) => one.ok && one.at >= from && (version === undefined || one.version === version))) return
      throw new Error(`${version ?? 'No version'} answered nobody at ${url} within ${ANSWERED_WITHIN_MS / 1000} s.`)
    },
    /** How many were not answered as they should be, of how many. A request that had to be left out because too many waited is one, too. */
    stop: async () => {
      const { sent, failed, skipped, failures } = await asking.stop()
      return { sent: sent + skipped, failed: failed + skipped, failures }
    },
  }
}

/** When only this version answered any more, counted in ms from `from`. Pure. */
export function settledMs(answers, version, from) {
  const since = answers.filter((one) => one.ok && one.at >= from)
  const first = Math.min(...since.filter((one) => one.version === version).map(({ at }) => at))
  const others = since.filter((one) => one.version !== version).map(({ at, ms }) => at + ms)
  return Math.max(first, ...others) - from
}

/** The longest time in which nobody who came was served (ms). Pure. */
export function longestGapMs(answers) {
  const served = answers.filter(({ ok }) => ok).map(({ at }) => at).toSorted((a, b) => a - b)
  return Math.max(0, ...served.slice(1).map((at, index) => at - served[index]))
}

/** 99 of 100 requests that began in this time took no longer (ms). Pure. */
export function p99(answers, from, to) {
  const times = answers.filter(({ at }) => at >= from && at < to).map(({ ms }) => ms).toSorted((a, b) => a - b)
  return times[Math.min(times.length - 1, Math.floor(times.length * 0.99))] ?? Number.NaN
}
