import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { read } from '../../../core/drivers/ledger/github/description.js'
import { githubLedger } from '../../../core/drivers/ledger/github/index.js'
import { tasks } from '../../../core/drivers/ledger/github/payload.js'
import { plainGitHub } from '../../support/plain-github.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'
import { seededRandom } from '../../support/traffic.js'
import { World, aRun } from './surroundings.js'

/** So many programs one after the other on each of two machines, each killed after some of its work or when its time is up. */
const PROGRAMS = 4
/** When they are killed is chance: so many at most, until they have been everywhere. */
const MOST_PROGRAMS = 12
const MOST_NOTES = 14
const MOST_MS = 9000

type Note =
  | { readonly op: 'take'; readonly fence: number; readonly at: number; readonly preempted?: number }
  | { readonly op: 'held'; readonly fence: number; readonly asked: number }
  | { readonly op: 'begin'; readonly id: string; readonly fence: number }
  | { readonly op: 'finish' | 'healed'; readonly id: string }
  | { readonly op: 'lost' | 'refused' }

interface Program {
  readonly child: ChildProcess
  readonly run: number
  readonly notes: Note[]
  readonly said: () => string
}

let folder: string
let github: FakeGitHub

function start(rounds: number, host: (run: number) => string, seed: number): Program {
  const run = github.addRun().id
  const child = spawn(process.execPath, [path.join(folder, 'hammer.mjs'), github.url, String(run), host(run), String(rounds), String(seed)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const notes: Note[] = []
  let said = ''
  let rest = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) notes.push(JSON.parse(line) as Note)
  })
  return { child, run, notes, said: () => said }
}

/** Deliveries that were active together at any moment: every status there has been, in its order. */
function activeTogether(): readonly string[] {
  const states = new Map<number, string>()
  const faults: string[] = []
  const statuses = github.state.all('deployments').flatMap(({ id }) => github.statusesOf(id).map((status) => ({ ...status, deployment: id })))
  for (const { id, deployment, state } of statuses.toSorted((a, b) => a.id - b.id)) {
    states.set(deployment, state)
    const active = [...states].filter(([, one]) => one === 'success').map(([one]) => one)
    if (active.length > 1) faults.push(`${active.join(' and ')} by status ${id}`)
  }
  return faults
}

/** What one did as the holder although it had asked after somebody else was given the lease. */
function heldByTwo(notes: readonly Note[]): readonly string[] {
  const takes = notes.filter((note) => note.op === 'take')
  const acts = notes.filter((note) => note.op === 'held')
  return acts.flatMap(({ fence, asked }) => takes.filter((take) => take.fence > fence && take.at < asked).map((take) => `${fence} acted ${asked - take.at} µs after ${take.fence} was given the lease`))
}

const count = (notes: readonly Note[], op: Note['op']): number => notes.filter((note) => note.op === op).length

function wentEverywhere(programs: readonly Program[]): boolean {
  const notes = programs.flatMap((program) => program.notes)
  return count(notes, 'begin') >= 5 && count(notes, 'refused') > 0 && count(notes, 'healed') > 0
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'hammer-'))
  await build({
    entryPoints: ['test/contract/ledger/github-hammer.ts'], outfile: path.join(folder, 'hammer.mjs'), bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  github = await startGitHub({ limit: 1_000_000 })
  github.addCommits(1)
})
afterAll(async () => {
  await github.close()
  rmSync(folder, { recursive: true })
})

describe('two processes that deliver to one environment', () => {
  it('never hold its lease together, nor make two releases active, nor lose a delivery, also when they are killed in the middle', async () => {
    const random = seededRandom(11)
    const programs: Program[] = []
    /** What runs on a machine is killed and started anew. */
    const machine = async (host: (run: number) => string): Promise<void> => {
      for (let started = 0; started < PROGRAMS || (started < MOST_PROGRAMS && !wentEverywhere(programs)); started += 1) {
        const program = start(1000, host, programs.length + 1)
        programs.push(program)
        const ended = once(program.child, 'close')
        const until = Date.now() + MOST_MS
        const enough = 2 + random() * MOST_NOTES
        while (program.notes.length < enough && Date.now() < until && program.child.exitCode === null) await sleep(random() * 60)
        expect({ exitCode: program.child.exitCode, said: program.said() }).toEqual({ exitCode: null, said: '' })
        program.child.kill('SIGKILL')
        await ended
        github.endRun(program.run, 'cancelled')
      }
    }
    // Runs of the first are known dead by their process, those of the second only by what GitHub says of them.
    await Promise.all([machine(() => 'here'), machine((run) => `runner-${run}`)])
    const last = start(1, () => 'here', 1)
    expect(await once(last.child, 'close')).toEqual([0, null])
    expect(last.notes.filter(({ op }) => op === 'finish')).toHaveLength(1)

    const notes = [...programs, last].flatMap((program) => program.notes)
    expect(heldByTwo(notes)).toEqual([])
    expect(activeTogether()).toEqual([])
    const fences = notes.flatMap((note) => (note.op === 'take' ? [note.fence] : []))
    expect(new Set(fences).size).toBe(fences.length)

    const reader = githubLedger(plainGitHub(github), new World().waiting(aRun('1', 'reader', 1), github))
    const { deliveries, holder } = await reader.history('production', { deliveries: 1000, events: 1000 })
    expect(holder).toBeUndefined()
    const byId = new Map(deliveries.map((one) => [one.id, one]))
    for (const note of notes) {
      if (note.op === 'begin') expect(byId.get(note.id)).toMatchObject({ fence: note.fence, result: { ok: expect.any(Boolean) } })
      if (note.op === 'finish' || note.op === 'healed') expect(byId.get(note.id)?.result).toBeDefined()
    }
    const left = github.state.all('deployments')
    expect(left.filter(({ task }) => task !== tasks.delivery)).toEqual([])
    expect(left.filter(({ id }) => github.statusesOf(id).at(-1)?.state === 'success').map(({ id }) => String(id))).toEqual([deliveries.at(-1)?.id])
    for (const { id } of left) for (const status of github.statusesOf(id)) expect(read(status.description)).toBeDefined()
    expect(github.faults).toEqual([])

    expect({ programs: programs.length, everywhere: wentEverywhere(programs) }).toMatchObject({ everywhere: true })
  }, 300_000)
})
