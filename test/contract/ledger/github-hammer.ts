/** A program of its own that delivers again and again by one GitHub ledger until it is told to stop, or is killed; it prints what was acknowledged to it. */
import { openGitHub } from '../../../core/drivers/github/octokit/index.js'
import { githubLedger } from '../../../core/drivers/ledger/github/index.js'
import { StateError } from '../../../core/errors/families.js'
import { systemClock } from '../../../core/io/clock.js'
import { systemHttp } from '../../../core/io/http.js'
import { ownStart, systemProcesses } from '../../../core/io/process.js'
import type { Lease } from '../../../core/ports/ledger.js'
import { seededRandom } from '../../support/traffic.js'
import { aRelease, aResult, anIntent } from './intents.js'
import { World, aRun } from './surroundings.js'

const [url = '', id = '', host = '', rounds = '1', seed = '1'] = process.argv.slice(2)
const run = { ...aRun(id, host, process.pid), started: ownStart() }
const signal = new AbortController().signal
const ambient = {
  ...new World().waiting(run, { url, repository: 'acme/shop' }), clock: systemClock(), http: systemHttp({ signal }), process: systemProcesses({ signal, env: process.env }), signal,
}
const ledger = githubLedger(openGitHub(ambient.github!, ambient), ambient)
const random = seededRandom(Number(seed))

/** Of a clock that all processes of a machine share, in µs. */
const now = (): number => Number(process.hrtime.bigint() / 1000n)
/** Printed before anything else is done: written to a pipe that the test reads, it is not lost by a kill. */
const note = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`)

/** What only the holder may do: it held the lease at some time after it asked. */
async function asHolder<T>(lease: Lease, act: () => Promise<T>): Promise<T> {
  const asked = now()
  const result = await act()
  note({ op: 'held', fence: lease.fence, asked })
  return result
}

async function deliver(lease: Lease, round: number): Promise<void> {
  for (const open of await ledger.inFlight(lease.environment)) {
    await asHolder(lease, () => ledger.advance(lease, open.id, { type: 'doing', at: Date.now(), verb: 'abandon', detail: 'healing' }))
    await ledger.finish(lease, open.id, aResult(Date.now(), { ok: false, reason: 'healed-went-back', live: aRelease('0') }))
    note({ op: 'healed', id: open.id })
  }
  const version = `${id}.${round}`
  const begun = await asHolder(lease, () => ledger.begin(lease, anIntent(run, version)))
  note({ op: 'begin', id: begun.id, fence: lease.fence })
  try {
    for (const weight of [5, 25, 50]) {
      await asHolder(lease, () => ledger.advance(lease, begun.id, { type: 'doing', at: Date.now(), verb: 'shift', weight }))
      await ambient.clock.sleep(random() * 150)
      if (!(await ledger.renew(lease))) break
    }
    await ledger.finish(lease, begun.id, aResult(Date.now(), { live: aRelease(version) }))
    note({ op: 'finish', id: begun.id })
  } catch (fault) {
    if (fault instanceof StateError && fault.code === 'lease-lost') await ledger.finish(lease, begun.id, aResult(Date.now(), { ok: false, reason: 'preempted', live: aRelease('0') }))
    throw fault
  }
}

async function work(round: number): Promise<void> {
  const answer = await ledger.take('production', { preempt: random() < 0.3 })
  if (answer.kind === 'held') return note({ op: 'refused', by: answer.by.fence })
  const { lease } = answer
  note({ op: 'take', fence: lease.fence, at: now(), ...(answer.preempted === undefined ? {} : { preempted: answer.preempted.fence }) })
  try {
    await deliver(lease, round)
  } catch (fault) {
    if (!(fault instanceof StateError) || fault.code !== 'lease-lost') throw fault
    note({ op: 'lost', fence: lease.fence })
  }
  await ledger.release(lease)
}

for (let round = 1; round <= Number(rounds); round += 1) await work(round)
