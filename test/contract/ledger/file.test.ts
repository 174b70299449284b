import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileLedger } from '../../../core/drivers/ledger/file/index.js'
import type { Ledger } from '../../../core/ports/ledger.js'
import { fakeLedger, type LedgerStore } from '../../support/fakes/ledger.js'
import { aResult, anIntent } from './intents.js'
import { ledgerContract, type LedgerBench } from './suite.js'
import { World, aRun } from './surroundings.js'

const runs = { near: aRun('1', 'here', 101), near2: aRun('2', 'here', 102), far: aRun('3', 'there', 103) }

function bench(world: World, make: (run: keyof typeof runs) => Ledger, close: () => void): LedgerBench {
  return {
    near: make('near'), near2: make('near2'), far: make('far'), runs,
    advance: (ms) => { world.time += ms }, leaseMs: 30_000, slackMs: 0,
    now: () => world.time,
    kill: (run) => { world.dead.add(run.pid) },
    close: async () => close(),
  }
}

ledgerContract('file ledger', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ledger-'))
  const world = new World()
  return bench(world, (run) => fileLedger({ folder }, world.ambient(runs[run])), () => rmSync(folder, { recursive: true }))
})

ledgerContract('fake ledger', async () => {
  const world = new World()
  const store: LedgerStore = new Map()
  return bench(world, (run) => fakeLedger(store, world.ambient(runs[run])), () => {})
})

describe('the file of a file ledger', () => {
  let folder: string
  let world: World
  const client = (run: keyof typeof runs = 'near'): Ledger => fileLedger({ folder }, world.ambient(runs[run]))
  const file = (): string => path.join(folder, 'production.jsonl')
  const delivered = async (run: keyof typeof runs = 'near'): Promise<string> => {
    const ledger = client(run)
    const answer = await ledger.take('production', { preempt: false })
    if (answer.kind !== 'taken') throw new Error('held')
    const { id } = await ledger.begin(answer.lease, anIntent(runs[run]))
    await ledger.finish(answer.lease, id, aResult(9))
    await ledger.release(answer.lease)
    return id
  }
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ledger-'))
    world = new World()
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is one of JSON lines that only its owner reads, named after the environment', async () => {
    await delivered()
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    const records = readFileSync(file(), 'utf8').split('\n').filter(Boolean).map((line): unknown => JSON.parse(line))
    expect(records).toMatchObject(['take', 'begin', 'finish', 'release'].map((type) => ({ v: 1, type })))
  })

  it('has a safe name for any environment', async () => {
    const names = ['../../etc/passwd', 'a/b', '..', 'pröd uction', 'x'.repeat(250), `${'x'.repeat(249)}y`, '%']
    for (const name of names) await client().record(name, { type: 'checked', at: 1, version: name, ok: true, reason: 'r', detail: '' })
    expect(readdirSync(folder)).toHaveLength(names.length)
    for (const name of names) expect((await client().history(name)).facts).toMatchObject([{ version: name }])
  })

  it('is read on past lines that a killed writer left torn, wherever they were torn', async () => {
    const id = await delivered()
    const whole = readFileSync(file(), 'utf8')
    const last = whole.lastIndexOf('\n{')
    for (let length = 1; length < whole.length - last; length += 1) {
      writeFileSync(file(), whole.slice(0, last + length))
      // Whoever tore it is dead; its lease may be left over.
      world.dead.add(runs.near.pid)
      const again = await delivered('near2')
      const { deliveries, holder } = await client('far').history('production')
      expect(deliveries).toMatchObject([{ id, result: {} }, { id: again, result: {} }])
      expect(holder).toBeUndefined()
    }
  })

  it('is refused with file and line, and left as it is, when a whole line is not ours', async () => {
    const id = await delivered()
    const whole = readFileSync(file(), 'utf8')
    const damages: readonly [string, RegExp][] = [
      [whole.replace(/"type":"finish"/, '"type":"finish'), /production\.jsonl:6.*not JSON/],
      [`${whole}\n{"v":2,"id":"x","type":"fact"}\t\n`, /production\.jsonl:10.*should be 1 and is 2/],
      [`${whole}\n{"v":1,"id":"x","type":"bet"}\t\n`, /:10.*`record\.type`.*"bet"/],
      [whole.replace('"requestedAt":5', '"requestedAt":"5"'), /:4.*requestedAt.*a number/],
      [`${whole}\n[]\n`, /:10/],
    ]
    for (const [text, message] of damages) {
      writeFileSync(file(), text)
      const ledger = client()
      const lease = { environment: 'production', id: 'x', fence: 1 }
      const uses = [
        () => ledger.take('production', { preempt: true }), () => ledger.renew(lease), () => ledger.release(lease), () => ledger.begin(lease, anIntent(runs.near)),
        () => ledger.advance(lease, id, { type: 'observed', at: 1, detail: '' }), () => ledger.finish(lease, id, aResult(1)),
        () => ledger.record('production', { type: 'checked', at: 1, version: '', ok: true, reason: '', detail: '' }),
        () => ledger.history('production'), () => ledger.inFlight('production'),
      ]
      for (const use of uses) await expect(use()).rejects.toMatchObject({ code: 'ledger-corrupt', message: expect.stringMatching(message) })
      expect(readFileSync(file(), 'utf8')).toBe(text)
    }
  })

  it('is read again from its start when it was replaced by a shorter one', async () => {
    await delivered()
    const ledger = client()
    expect((await ledger.history('production')).deliveries).toHaveLength(1)
    writeFileSync(file(), '')
    expect((await ledger.history('production')).deliveries).toEqual([])
  })

  it('is cheap to watch with 100 000 records in it', async () => {
    await delivered()
    const line = `\n${JSON.stringify({ v: 1, id: 'f', type: 'fact', fact: { type: 'checked', at: 1, version: '1', ok: true, reason: 'passed', detail: 'x'.repeat(200) } })}\t\n`
    for (let hundred = 0; hundred < 1000; hundred += 1) appendFileSync(file(), line.repeat(100))
    const ledger = client()
    const answer = await ledger.take('production', { preempt: false })
    if (answer.kind !== 'taken') throw new Error('held')
    const began = performance.now()
    for (let looks = 0; looks < 100; looks += 1) expect(await ledger.renew(answer.lease)).toBe(true)
    // To read all of them at each look takes half a second and more.
    expect((performance.now() - began) / 100).toBeLessThan(100)
  })
})
