/** A program of its own that works on one ledger until it is killed, and notes what was acknowledged to it. */
import { appendFileSync } from 'node:fs'
import { fileLedger } from '../../../core/drivers/ledger/file/index.js'
import { StateError } from '../../../core/errors/families.js'
import { ownStart, systemProcesses } from '../../../core/io/process.js'
import { systemClock } from '../../../core/io/clock.js'
import { anIntent } from './intents.js'
import { World, aRun } from './surroundings.js'

const [folder = '', notes = '', name = '', rounds = '0'] = process.argv.slice(2)
const run = { ...aRun(name, 'here', process.pid), started: ownStart() }
const ambient = { ...new World().ambient(run), clock: systemClock(), process: systemProcesses({ env: process.env }) }
const ledger = fileLedger({ folder }, ambient)
const note = (what: object): void => appendFileSync(notes, `${JSON.stringify(what)}\n`)

async function work(round: number): Promise<void> {
  const answer = await ledger.take('production', { preempt: round % 7 === 0 })
  if (answer.kind === 'held') return ambient.clock.sleep(1)
  const { lease } = answer
  note({ op: 'take', fence: lease.fence, preempted: answer.preempted?.fence })
  try {
    const { id } = await ledger.begin(lease, anIntent(run, `${name}.${round}`))
    note({ op: 'begin', fence: lease.fence, id })
    for (const step of [1, 2, 3]) {
      await ledger.advance(lease, id, { type: 'doing', at: step, verb: 'shift', weight: step })
      note({ op: 'event', id, fence: lease.fence, step })
    }
    await ledger.finish(lease, id, { at: 1, ok: true, reason: name, message: 'x'.repeat(round % 4000) })
    note({ op: 'finish', id })
  } catch (fault) {
    if (!(fault instanceof StateError) || fault.code !== 'lease-lost') throw fault
    note({ op: 'lost', fence: lease.fence })
  }
  await ledger.release(lease)
}

for (let round = 1; round <= Number(rounds); round += 1) await work(round)
