// How often a good release is taken back: seeded canaries of fifteen minutes and watches of an hour, with errors of 1 % that come as chance has it.
import { lineOf } from '../lines.mjs'
import { loadSources } from '../typescript.mjs'

const suite = 'watch'
const RUNS = 200
const goal = { ours: 0 }
/** One by one, and in bunches, as where a dependency fails for a moment. */
const bunches = [1, 5]
const ways = { 'a watcher that stays': 30, 'looks every five minutes': 300 }

export async function* measure({ runs = RUNS }) {
  const { canaryFailed, failedAt, thresholdFailed } = await loadSources("export { canaryFailed, failedAt, thresholdFailed } from './test/support/watches.ts'")
  for (const bunch of bunches) {
    const service = { rate: () => 0.01, bunch }
    const taken = (failed) => Array.from({ length: runs }, (_, index) => failed(index + 1)).filter(Boolean).length
    const peer = taken((seed) => thresholdFailed(seed, service))
    const of = `of ${runs} good releases with errors ${bunch === 1 ? 'one by one' : `in bunches of ${bunch}`}, taken back by`
    const against = '(peer: by +10 % in five minutes)'
    yield lineOf({ suite, metric: `${of} a canary of 15 minutes ${against}`, ours: taken((seed) => canaryFailed(seed, service)), peer, goal })
    for (const [way, every] of Object.entries(ways)) yield lineOf({ suite, metric: `${of} ${way} ${against}`, ours: taken((seed) => failedAt(seed, service, every) !== undefined), peer, goal })
  }
}
