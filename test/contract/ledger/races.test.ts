import { describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileLedger } from '../../../core/drivers/ledger/file/index.js'
import type { EnvironmentHistory } from '../../../core/domain/history.js'
import { StateError } from '../../../core/errors/families.js'
import type { Ledger, Lease } from '../../../core/ports/ledger.js'
import { FakeDisk } from './fake-disk.js'
import { aResult, anIntent } from './intents.js'
import { World, aRun } from './surroundings.js'

type Note =
  | { readonly op: 'take'; readonly fence: number; readonly preempted?: number }
  | { readonly op: 'begin'; readonly id: string; readonly fence: number }
  | { readonly op: 'event'; readonly id: string; readonly fence: number; readonly step: number }
  | { readonly op: 'finish'; readonly id: string }
  | { readonly op: 'lost'; readonly fence: number }

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What was acknowledged and is not there, and fences that were given twice. */
function lossesOf(notes: readonly Note[], { deliveries }: EnvironmentHistory): readonly string[] {
  const known = new Map(deliveries.map((delivery) => [delivery.id, delivery]))
  const taken = new Set<number>()
  const kept = (note: Note): boolean => {
    if (note.op === 'take') return !taken.has(note.fence) && taken.add(note.fence).has(note.fence)
    if (note.op === 'lost') return true
    const delivery = known.get(note.id)
    if (note.op === 'begin') return delivery?.fence === note.fence
    if (note.op === 'finish') return delivery?.result !== undefined
    return delivery?.events.some((event) => event.type === 'doing' && event.weight === note.step) === true
  }
  // A delivery begun later under an older fence would be the work of a stale writer.
  const stale = deliveries.filter(({ fence }, place) => fence < (deliveries[place - 1]?.fence ?? 0))
  const twice = deliveries.length - known.size
  return [...notes.filter((note) => !kept(note)).map((note) => JSON.stringify(note)), ...stale.map(({ id }) => `stale ${id}`), ...(twice === 0 ? [] : ['an id twice'])]
}

/** One run that takes, works and gives back at random, until it has done enough or is killed. */
async function contend(ledger: Ledger, run: ReturnType<typeof aRun>, world: World, random: () => number, notes: Note[]): Promise<void> {
  let lease: Lease | undefined
  for (let turn = 0; turn < 60; turn += 1) {
    world.time += Math.floor(random() * 3000)
    if (lease === undefined) {
      const answer = await ledger.take('production', { preempt: random() < 0.2 })
      if (answer.kind === 'held') {
        for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate)
        continue
      }
      lease = answer.lease
      notes.push({ op: 'take', fence: lease.fence })
    }
    try {
      const { id } = await ledger.begin(lease, anIntent(run, String(turn)))
      notes.push({ op: 'begin', id, fence: lease.fence })
      await ledger.advance(lease, id, { type: 'doing', at: 1, verb: 'shift', weight: turn })
      notes.push({ op: 'event', id, fence: lease.fence, step: turn })
      if (random() < 0.3) world.time += 31_000
      await ledger.finish(lease, id, aResult(turn))
      notes.push({ op: 'finish', id })
    } catch (fault) {
      if (!(fault instanceof StateError) || fault.code !== 'lease-lost' || (await ledger.renew(lease))) throw fault
      notes.push({ op: 'lost', fence: lease.fence })
      lease = undefined
    }
    if (lease !== undefined && random() < 0.5) {
      await ledger.release(lease)
      lease = undefined
    }
  }
}

describe('writers that race', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))('never share a fence nor lose what was acknowledged (seed %i)', async (seed) => {
    const random = seeded(seed)
    const disk = new FakeDisk(random)
    const world = new World()
    const notes: Note[] = []
    const ledgerOf = (run: ReturnType<typeof aRun>, writer = disk.writer()): Ledger => fileLedger({ folder: '/none' }, world.ambient(run, writer.files))
    const runs = [aRun('a', 'here', 1), aRun('b', 'here', 2), aRun('c', 'there', 3)]
    // One more is killed on the way, its last line torn.
    const victim = aRun('v', 'here', 4)
    const writer = disk.writer()
    const killing = contend(ledgerOf(victim, writer), victim, world, random, notes)
    const kill = async (): Promise<void> => {
      for (let turns = 50 + Math.floor(random() * 300); turns > 0; turns -= 1) await new Promise(setImmediate)
      writer.die()
      world.dead.add(victim.pid)
    }
    await Promise.all([...runs.map((run) => contend(ledgerOf(run), run, world, random, notes)), Promise.race([killing, kill()])])
    const reader = ledgerOf(aRun('reader', 'elsewhere', 9))
    const history = await reader.history('production')
    expect(lossesOf(notes, history)).toEqual([])
    expect(await ledgerOf(runs[0]!).history('production')).toEqual(history)
    expect(notes.length).toBeGreaterThan(50)
  })
})

describe('programs that hammer one file', () => {
  const started = (program: string, args: readonly string[]): ChildProcess => spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })

  it('never share a fence nor lose what was acknowledged, also when some are killed and lines are torn', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hammer-'))
    try {
      const program = path.join(folder, 'hammer.mjs')
      await build({ entryPoints: ['test/contract/ledger/hammer.ts'], outfile: program, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error' })
      const file = path.join(folder, 'production.jsonl')
      const random = seeded(7)
      const names = ['steady', 'last']
      const notesOf = (name: string): readonly Note[] => {
        const text = existsSync(path.join(folder, `${name}.notes`)) ? readFileSync(path.join(folder, `${name}.notes`), 'utf8') : ''
        return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter(Boolean).map((line): Note => JSON.parse(line))
      }
      const acknowledged = async (name: string, count: number): Promise<void> => {
        while (notesOf(name).length < count) await new Promise((resolve) => setTimeout(resolve, 10))
      }
      const seen = (...wanted: readonly ((note: Note) => boolean)[]): boolean => wanted.every((is) => names.flatMap(notesOf).some(is))
      const preempted = (note: Note): boolean => note.op === 'take' && note.preempted !== undefined
      const lost = ({ op }: Note): boolean => op === 'lost'
      const start = (name: string, rounds: number): ChildProcess => started(program, [folder, path.join(folder, `${name}.notes`), name, String(rounds)])
      const steady = start('steady', 100_000)
      // Who meets whom is chance: more of them are killed until somebody was taken over, and learnt of it.
      for (let killed = 0; killed < 6 || (killed < 60 && !seen(preempted, lost)); killed += 1) {
        const name = `killed${killed}`
        names.push(name)
        const child = start(name, 100_000)
        // Killed in the middle of its own work, however long this machine takes to start a program.
        await acknowledged(name, 5 + Math.floor(random() * 60))
        await new Promise((resolve) => setTimeout(resolve, random() * 20))
        child.kill('SIGKILL')
        await once(child, 'exit')
        appendFileSync(file, `\n${'{"v":1,"id":"torn","type":"event","lease":"x"'.slice(0, 1 + Math.floor(random() * 40))}`)
      }
      await acknowledged('steady', 700)
      steady.kill('SIGKILL')
      await once(steady, 'exit')
      const last = start('last', 20)
      expect(await once(last, 'exit')).toEqual([0, null])

      const notes = names.flatMap(notesOf)
      const history = await fileLedger({ folder }, new World().ambient(aRun('reader', 'here', 1))).history('production')
      expect(lossesOf(notes, history)).toEqual([])
      expect(notes.filter(({ op }) => op === 'finish').length).toBeGreaterThan(100)
      expect([notes.some(preempted), notes.some(lost)]).toEqual([true, true])
    } finally {
      rmSync(folder, { recursive: true })
    }
  }, 300_000)
})
