/** db-restore of what a real pgBackRest keeps: as a cluster of its own, to any moment. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { backUpArchive } from '../../../actions/db-backup/archive.js'
import { restore } from '../../../actions/db-restore/flow.js'
import type { RestoreOutcome } from '../../../actions/db-restore/outcome.js'
import type { RestoreRequest } from '../../../actions/db-restore/request.js'
import type { RestorePorts } from '../../../actions/db-restore/run.js'
import { usualBackup } from '../../../core/domain/backup.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { diskStore } from '../../../core/drivers/stores/disk/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { programsWith, type Running } from '../../support/command-lines.js'
import { withEngines } from '../../support/engines/index.js'
import { fakeLedger, type LedgerStore } from '../../support/fakes/ledger.js'
import { production } from '../../support/restore-place.js'
import { archiveLab, inRestored, type ArchiveLab } from './lab.js'

withEngines(['postgres', 'pg-clients', 'pgbackrest'], 'db-restore of an archive', () => {
  let lab: ArchiveLab
  let receipt: Receipt
  let before: number
  const records: LedgerStore = new Map()
  const receipts = (): string => path.join(lab.folder, 'receipts')
  const folderOf = (name: string): string => path.join(lab.folder, name)

  const run = (request: Partial<RestoreRequest>, { ambient = lab.ambient(), ports = {} }: { readonly ambient?: Ambient; readonly ports?: Partial<RestorePorts> } = {}): Promise<RestoreOutcome> => {
    const never = async (): Promise<never> => { throw new Error('not asked for') }
    return restore({
      environment: production, policy: { ...usualBackup(lab.url, { name: 'disk', path: receipts() }), pointInTime: { stanza: 'shop', fullEveryMs: 1 } },
      mode: 'restore', target: 'new-cluster', unverified: false, safetyBackup: true, forward: false, dryRun: false, startedAt: Date.now(), ...request,
    }, {
      stores: [async () => diskStore({ path: receipts() }, ambient)], archive: async () => lab.open({ ambient }), ledger: async (under) => fakeLedger(records, under),
      database: never, encryption: never, cache: never, platform: never, ...ports,
    }, ambient)
  }
  const serverOf = (folder: string): number => Number(readFileSync(path.join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
  const processesOn = (folder: string): readonly Running[] => programsWith(`${folder}/`)
  const until = async (so: () => boolean): Promise<void> => {
    for (let left = 600; !so(); left -= 1) {
      if (left === 0) throw new Error('it did not become so')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  /** Ends a cluster that was kept. */
  const end = async (folder: string): Promise<void> => {
    process.kill(serverOf(folder), 'SIGINT')
    await until(() => processesOn(folder).length === 0)
  }

  beforeAll(async () => {
    lab = await archiveLab()
    lab.sql(`ALTER SYSTEM SET work_mem = '5MB'; CREATE TABLE orders (id serial PRIMARY KEY, what text); INSERT INTO orders (what) SELECT 'order ' || n FROM generate_series(1, 300) n`)
    const store = diskStore({ path: receipts() }, lab.ambient())
    const outcome = await backUpArchive({ app: 'shop', environment: 'production', proof: 'restore', checksums: true, fullEveryMs: 1, dryRun: false, version: '1.4.0' }, { archive: lab.archive, store, ledger: fakeLedger(new Map(), lab.ambient()) }, lab.ambient())
    if (outcome.reason !== 'verified') throw new Error(outcome.message)
    receipt = (await store.receipts())[0]!
    lab.sql(`INSERT INTO orders (what) VALUES ('after the backup')`)
    before = Number(lab.sql('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint + 1'))
    lab.sql('SELECT pg_sleep(0.05)')
    lab.sql('DROP TABLE orders; CREATE TABLE later (a int)')
    await lab.archive.check()
  })
  afterAll(() => lab.close())
  // Nothing but what was kept stays behind, whatever happened.
  afterEach(() => {
    if (lab.restored().length > 0) throw new Error(`left behind: ${lab.restored().join(', ')}`)
  })

  test('the moment of the newest receipt, compared with it, with its server running safely after the run', async () => {
    expect(receipt.moment).toEqual({ position: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/), exact: true })
    const folder = folderOf('latest')
    const outcome = await run({ folder })
    expect(outcome).toMatchObject({ ok: true, reason: 'restored', outputs: { 'receipt-id': receipt.id, database: 'postgres', 'rto-met': 'true', kept: '', 'safety-receipt': '' } })
    expect(Number(outcome.outputs.seconds)).toBeGreaterThan(0)
    const { connection } = outcome.outputs
    expect([outcome.message.includes(connection), connection.includes(lab.server.password)]).toEqual([true, false])
    expect(inRestored(connection, 'SELECT count(*), max(what) FROM orders')).toBe('300|order 99')
    const set = (name: string): string => inRestored(connection, `SHOW ${name}`)
    expect(['fsync', 'full_page_writes', 'synchronous_commit', 'autovacuum', 'archive_mode', 'listen_addresses'].map(set)).toEqual(['on', 'on', 'on', 'on', 'off', ''])
    // What was set by ALTER SYSTEM is put beside it, so that its port and its archive are its own.
    expect([readFileSync(path.join(folder, 'postgresql.auto.conf.before'), 'utf8').includes('work_mem'), set('work_mem')]).toEqual([true, '4MB'])
    expect(inRestored(connection, 'CREATE TABLE written (a int); SELECT pg_is_in_recovery()')).toBe('f')
    expect([statSync(folder).mode & 0o777, existsSync(path.join(folder, 'owner.json'))]).toEqual([0o700, false])
    expect(records.get('production')?.history().facts.at(-1)).toMatchObject({ type: 'restored', ok: true, receipt: receipt.id, database: `postgres in ${folder}`, kept: '' })
    // The next run has no business with it, and it starts again as any other.
    expect(await lab.archive.sweep()).toEqual([])
    await end(folder)
    const { uid, gid } = statSync(path.join(folder, 'data'))
    const programs = lab.sql(`SELECT setting FROM pg_config WHERE name = 'BINDIR'`)
    const again = spawnSync(path.join(programs, 'pg_ctl'), ['start', '-w', '-D', path.join(folder, 'data'), '-l', path.join(folder, 'data', 'log'), '-o', `-c config_file=${folder}/postgresql.conf`], { stdio: 'ignore', ...(process.getuid?.() === 0 ? { uid, gid } : {}) })
    expect([again.status, inRestored(connection, 'SELECT count(*) FROM orders')]).toEqual([0, '300'])
    await end(folder)
  })

  test('any moment that is named', async () => {
    const then = folderOf('then')
    const named = await run({ folder: then, before })
    expect(named).toMatchObject({ ok: true, reason: 'restored' })
    expect(inRestored(named.outputs.connection, `SELECT count(*), to_regclass('later') IS NULL FROM orders`)).toBe('301|t')
    expect(JSON.stringify(named.summary)).toContain('Nobody has counted what the database held at that moment')
    await end(then)
  })

  test('a moment that the archive does not reach, and one before any backup', async () => {
    const folder = folderOf('beyond')
    expect(await run({ folder, before: before - 86_400_000 })).toMatchObject({ ok: false, reason: 'no-backup' })
    expect(await run({ folder, before: Date.now() - 1 })).toMatchObject({ ok: false, reason: 'restore-failed', message: expect.stringContaining('does not reach that moment') })
    expect(existsSync(folder)).toBe(false)
  })

  test('a dry run says what would be, and makes nothing', async () => {
    const outcome = await run({ folder: folderOf('dry'), dryRun: true })
    expect(outcome).toMatchObject({ ok: true, reason: 'planned', message: expect.stringContaining(`up to the moment it was counted at, ${receipt.takenAt}`) })
    expect(existsSync(folderOf('dry'))).toBe(false)
  })

  test('nothing is restored over anything, nor into another cluster', async () => {
    const full = folderOf('full')
    mkdirSync(full)
    writeFileSync(path.join(full, 'precious'), '42')
    const taken = await run({ folder: full })
    expect(taken).toMatchObject({ ok: false, reason: 'name-taken', message: expect.stringContaining('nothing is overwritten') })
    for (const [folder, said] of [[lab.server.dataDir, 'something is there already'], [path.join(lab.server.dataDir, 'inside'), 'is the data folder of a cluster'], ['beside', 'no absolute path'], [`/tmp/${'x'.repeat(100)}`, 'the path of its socket']] as const) {
      expect(await run({ folder })).toMatchObject({ ok: false, message: expect.stringContaining(said) })
    }
    expect([readdirSync(full), lab.sql('SELECT count(*) FROM later')]).toEqual([['precious'], '0'])
  })

  test('in place and as one database it is refused, with the words that help; a dump or another archive too', async () => {
    const database = async (): Promise<never> => ({ about: async () => ({ name: 'postgres', host: 'h', port: 1, serverVersion: '15', clientVersion: '15', bytes: 1 }), sweep: async () => [] }) as never
    const by = { receipt: receipt.id }
    expect(await run({ ...by, target: 'in-place', confirm: 'postgres' }, { ports: { database } })).toMatchObject({ ok: false, reason: 'restore-failed', message: expect.stringContaining('disaster-recovery.md') })
    expect(await run({ ...by, target: 'new' }, { ports: { database } })).toMatchObject({ ok: false, reason: 'restore-failed', message: expect.stringContaining('`target: new-cluster`') })
    const store = (changes: Partial<Receipt>): Partial<RestorePorts> => ({ stores: [async () => ({ ...diskStore({ path: receipts() }, lab.ambient()), receipts: async () => [{ ...receipt, ...changes }] })] })
    expect(await run({ ...by, folder: folderOf('no') }, { ports: store({ kind: 'custom' }) })).toMatchObject({ ok: false, message: expect.stringContaining('restore it with `target: new`') })
    expect(await run({ ...by, folder: folderOf('no') }, { ports: store({ store: 'pgbackrest:blog/repo1' }) })).toMatchObject({ ok: false, message: expect.stringContaining('pgbackrest:shop/repo1') })
  })

  test('one that differs from its receipt is removed, and one without a place in it is compared in all but its rows', async () => {
    const folder = folderOf('differs')
    const { moment: _, ...older } = receipt
    const fingerprint = { ...receipt.fingerprint, rows: { ...receipt.fingerprint.rows, 'public.orders': 7 } }
    const store = (one: Receipt): Partial<RestorePorts> => ({ stores: [async () => ({ ...diskStore({ path: receipts() }, lab.ambient()), receipts: async () => [one] })] })
    const outcome = await run({ folder }, { ports: store({ ...receipt, fingerprint }) })
    expect(outcome).toMatchObject({ ok: false, reason: 'mismatch', outputs: { connection: '', seconds: '' }, message: expect.stringContaining('rows public.orders: "7" and "300"') })
    expect([existsSync(folder), processesOn(folder)]).toEqual([false, []])
    expect(await run({ folder }, { ports: store({ ...older, fingerprint }) })).toMatchObject({ ok: true, reason: 'restored' })
    await end(folder)
  })

  test('a cancelled one leaves nothing', async () => {
    const [cancel, folder] = [new AbortController(), folderOf('cancelled')]
    const restoring = run({ folder }, { ambient: lab.ambient(cancel.signal) })
    await until(() => existsSync(path.join(folder, 'data', 'PG_VERSION')))
    cancel.abort()
    expect(await restoring).toMatchObject({ ok: false, reason: 'cancelled' })
    expect([existsSync(folder), processesOn(folder)]).toEqual([false, []])
  })

  test('killed half way, at the restore and while its server runs: the next run ends it and removes what is its own', async () => {
    const script = path.join(lab.folder, 'restore-child.mjs')
    const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }
    await build({ entryPoints: ['test/contract/archive/restore-child.ts'], bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error', banner, external: ['redis'] })
    for (const [name, so] of [['killed-early', 'PG_VERSION'], ['killed-late', 'postmaster.pid']] as const) {
      const folder = folderOf(name)
      const child = spawn(process.execPath, [script, lab.url, lab.config, lab.folder, receipts(), folder], { env: { ...process.env, ...lab.env }, stdio: ['ignore', 'ignore', 'inherit'] })
      await until(() => existsSync(path.join(folder, 'data', so)))
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect(existsSync(path.join(folder, 'owner.json'))).toBe(true)
      const next = await run({ folder: folderOf(`after-${name}`) })
      expect(next).toMatchObject({ ok: true, reason: 'restored' })
      expect([existsSync(folder), processesOn(folder)]).toEqual([false, []])
      await end(folderOf(`after-${name}`))
    }
  }, 240_000)

  test('as far as the archive goes, when the real server is gone', async () => {
    const all = folderOf('all')
    process.kill(lab.server.pid, 'SIGQUIT')
    await until(() => !existsSync(`/proc/${lab.server.pid}`))
    const outcome = await run({ folder: all, before: Date.now() + 86_400_000 })
    expect(outcome).toMatchObject({ ok: true, reason: 'restored' })
    expect(inRestored(outcome.outputs.connection, `SELECT to_regclass('later') IS NOT NULL, to_regclass('orders') IS NULL`)).toBe('t|t')
    await end(all)
  })
})
