import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { endUnfinished } from '../../../actions/db-restore/unfinished.js'
import type { RestorePorts } from '../../../actions/db-restore/run.js'
import type { Fact } from '../../../core/domain/history.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { fileLedger } from '../../../core/drivers/ledger/file/index.js'
import { programsGiven } from '../../support/command-lines.js'
import { withEngines } from '../../support/engines/index.js'
import { restoreLab, type RestoreLab } from '../../support/restore-lab.js'

const support = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'support')

withEngines(['postgres', 'pg-clients'], 'a restore in place that is killed', () => {
  let lab: RestoreLab
  let script: string
  const ledger = (): string => path.join(lab.work, 'ledger')
  const scratches = (): readonly string[] => lab.databases().filter((name) => name.startsWith('ecluse_scratch_'))

  beforeAll(async () => {
    lab = await restoreLab()
    await lab.backUp('good', { takenAt: '2026-11-01T10:00:00.000Z' })
    script = path.join(lab.work, 'restore-run.mjs')
    const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }
    await build({ entryPoints: [path.join(support, 'restore-run.ts')], bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error', banner, external: ['redis'] })
  })
  afterAll(() => lab.close())

  /** What a killed run had started goes on without it: a database that it renames lets nobody in meanwhile. */
  const quiet = async (): Promise<void> => {
    const sessions = (): string => lab.sql(`SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`)
    while (programsGiven(`PGPORT=${lab.server.port}`).length > 0 || sessions() !== '0') await pause(20)
  }
  /** Runs one, and kills it when it says this; resolves to all that it said. */
  const lived = async (dies?: string): Promise<string> => {
    const env = { ...process.env, RESTORE_URL: lab.url, RESTORE_FOLDER: lab.folder, RESTORE_LEDGER: ledger(), RESTORE_CONFIRM: lab.name }
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (dies !== undefined && said.includes(dies)) child.kill('SIGKILL')
    })
    await once(child, 'close')
    await quiet()
    if (dies !== undefined && !said.includes(dies)) throw new Error(`It never said "${dies}": ${said}`)
    return said
  }
  /** How one ended that was let live. */
  const run = async (dies?: string): Promise<string> => (await lived(dies)).trim().split('\n').at(-1) ?? ''
  const facts = async (): Promise<readonly Fact[]> => (await fileLedger({ folder: ledger() }, lab.ambient).history('production')).facts.filter(({ type }) => type !== 'receipt')

  test('one that had replaced the database is told by the next run, and its record ended by what is there', async () => {
    lab.sql('DELETE FROM "Bestellung" WHERE id > 100', lab.name)
    await lived('is the restored one')
    const [restoring] = await facts()
    const kept = restoring?.type === 'restoring' ? restoring.kept ?? '' : ''
    expect([lab.rows(), lab.rows(kept)]).toEqual(['500', '100'])
    const told = `\`${lab.name}\` holds the backup good; what was there before is kept as \`${kept}\`. Nobody saw the migration, the emptying of the caches and the checks`
    // Who only looks says it, and leaves the record to whoever holds the environment.
    const ports = (): Partial<RestorePorts> => ({ ledger: async (under) => fileLedger({ folder: ledger() }, under) })
    const looked = await lab.run({ request: { dryRun: true }, ports })
    expect([looked.reason, JSON.stringify(looked.summary).includes(JSON.stringify(told).slice(1, -1)), (await facts()).length]).toEqual(['planned', true, 1])
    expect(JSON.stringify((await lab.run({ request: { mode: 'list' }, ports })).summary)).toContain(`database \`${kept}\` is there`.replaceAll('"', '\\"'))
    const next = await lived()
    expect(next).toContain(told)
    expect(next.trim().split('\n').at(-1)).toBe('replaced')
    expect(await facts()).toMatchObject([
      { type: 'restoring' }, { type: 'restored', ok: false, reason: 'cancelled', database: lab.name, kept, detail: expect.stringContaining(told) },
      { type: 'restoring' }, { type: 'restored', ok: true, reason: 'replaced' },
    ])
  })

  test('the post step ends the record of its own run alone, and one that replaced nothing says that', async () => {
    const database = postgresDatabase({ url: lab.url }, lab.ambient)
    const books = fileLedger({ folder: path.join(lab.work, 'ledger of the post step') }, lab.ambient)
    const end = (by: string): Promise<string | undefined> => endUnfinished({ ledger: books, database, environment: 'production', of: { database: lab.name, run: by } }, lab.ambient)
    await books.record('production', { type: 'restoring', at: 1, receipt: 'good', database: lab.name, run: 'mine', kept: 'nowhere' })
    expect([await end('another'), (await books.history('production')).facts.length]).toEqual([undefined, 1])
    expect(await end('mine')).toContain(`unless somebody has dropped that since, \`${lab.name}\` was not replaced.`)
    expect((await books.history('production')).facts.at(-1)).toMatchObject({ type: 'restored', ok: false, database: '', kept: '' })
    expect(await end('mine')).toBeUndefined()
    // Of older versions nothing tells what the one before is called.
    await books.record('production', { type: 'restoring', at: 2, receipt: 'good', database: lab.name, run: 'mine' })
    expect([(await end('mine'))?.includes(`begins with \`${lab.name}_before_\``), (await books.history('production')).facts.length]).toEqual([true, 3])
  })

  test.each([
    ['while what is there is backed up', 'Back `shop "one"` up', ['100']],
    ['while the copy is filled', 'Restoring `', ['100']],
    ['when the copy is about to take its place', 'Put the copy', ['100', '500']],
    ['when it has taken its place', 'is the restored one', ['500']],
  ])('%s: one of the two serves, and the next run ends it', async (_, dies, rows) => {
    lab.sql('DELETE FROM "Bestellung" WHERE id > 100', lab.name)
    const receipts = readdirSync(lab.folder).filter((name) => name.endsWith('.receipt.json'))
    await run(dies)
    expect(rows).toContain(lab.rows())
    lab.sql('DELETE FROM "Bestellung" WHERE id > 100', lab.name)
    expect(await run()).toBe('replaced')
    expect([lab.rows(), scratches()]).toEqual(['500', []])
    // Every backup has its receipt, and nobody holds the environment.
    const files = readdirSync(lab.folder).filter((name) => !name.startsWith('.'))
    expect(files.filter((name) => !name.endsWith('.receipt.json') && !files.includes(`${name}.receipt.json`))).toEqual([])
    expect(files.length).toBeGreaterThan(receipts.length * 2)
    const record = await fileLedger({ folder: ledger() }, lab.ambient).history('production')
    expect(record.holder).toBeUndefined()
    expect(record.facts.at(-1)).toMatchObject({ type: 'restored', ok: true, reason: 'replaced' })
  })
})
