import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { backUpArchive, type ArchivePorts, type ArchiveRequest } from '../../../actions/db-backup/archive.js'
import { checkArchive } from '../../../actions/db-backup/archive-check.js'
import { markOf, removeLeft } from '../../../actions/db-backup/archive-left.js'
import { pruneArchive } from '../../../actions/db-backup/archive-retention.js'
import type { BackupOutcome } from '../../../actions/db-backup/outcome.js'
import { withinTime } from '../../../core/delivery/backup/deadline.js'
import { diskStore } from '../../../core/drivers/stores/disk/index.js'
import { StateError } from '../../../core/errors/families.js'
import type { PointInTime } from '../../../core/ports/point-in-time.js'
import { withEngines } from '../../support/engines/index.js'
import { fakeLedger, type LedgerStore } from '../../support/fakes/ledger.js'
import { receipt as anyReceipt } from '../../support/receipts.js'
import { archiveLab, type ArchiveLab } from './lab.js'

const asked: ArchiveRequest = { app: 'shop', environment: 'production', proof: 'restore', checksums: true, fullEveryMs: 86_400_000, dryRun: false, version: '1.4.0', revision: 'echo 0042_orders' }

withEngines(['postgres', 'pg-clients', 'pgbackrest'], 'db-backup with pgBackRest', () => {
  let lab: ArchiveLab
  let ports: ArchivePorts
  let records: LedgerStore
  beforeAll(async () => {
    lab = await archiveLab()
    lab.sql(`CREATE TABLE orders (id serial PRIMARY KEY, what text); INSERT INTO orders (what) SELECT 'order ' || n FROM generate_series(1, 300) n`)
  })
  afterAll(() => lab.close())
  beforeEach(() => {
    records ??= new Map()
    ports = { archive: lab.archive, store: diskStore({ path: path.join(lab.folder, 'receipts') }, lab.ambient()), ledger: fakeLedger(records, lab.ambient()) }
  })
  const run = (changes: Partial<PointInTime> = {}, request: Partial<ArchiveRequest> = {}): Promise<BackupOutcome> => backUpArchive({ ...asked, ...request }, { ...ports, archive: { ...lab.archive, ...changes } }, lab.ambient())
  const labels = async (): Promise<readonly string[]> => (await lab.archive.backups()).map(({ label }) => label)

  test('a dry run takes nothing', async () => {
    expect(await run({}, { dryRun: true })).toMatchObject({ ok: true, reason: 'planned' })
    expect(await labels()).toEqual([])
  })

  test('a check without any backup', async () => {
    expect(await checkArchive({ app: 'shop', environment: 'production', maxAgeMs: 60_000 }, ports, lab.ambient())).toMatchObject({ ok: false, reason: 'none-verified' })
  })

  test('a full one first, then a differential one on it; each with a receipt of what was compared', async () => {
    const first = await run()
    expect(first).toMatchObject({ ok: true, reason: 'verified', outputs: { verified: 'true', lag: '' } })
    const receipt = JSON.parse(first.outputs.receipt)
    expect(receipt).toMatchObject({
      kind: 'archive', object: expect.stringMatching(/^\d{8}-\d{6}F$/), sha256: '', store: 'pgbackrest:shop/repo1', version: '1.4.0', schemaRevision: '0042_orders', clientVersion: '2.45',
      fingerprint: { rows: { 'public.orders': 300 }, checksums: { 'public.orders': expect.any(String) } }, verified: { how: 'restored', where: 'a throw-away cluster' }, listed: {},
    })
    expect(await ports.store.receipts()).toEqual([receipt])
    expect((await ports.ledger.history('production')).facts).toMatchObject([{ type: 'receipt', receipt: { id: receipt.id } }])

    const second = await run()
    expect(second.outputs.lag).toMatch(/^\d+\.\d$/)
    expect(second.outputs.object).toMatch(new RegExp(`^${receipt.object}_\\d{8}-\\d{6}D$`))
    expect(await labels()).toEqual([second.outputs.object, receipt.object])
    expect(lab.restored()).toEqual([])
  })

  test('what would be lost, within what is allowed and beyond it', async () => {
    await lab.archive.check()
    lab.sql(`INSERT INTO orders (what) VALUES ('not yet archived'); SELECT pg_sleep(0.2)`)
    const check = (maxAgeMs: number): Promise<BackupOutcome> => checkArchive({ app: 'shop', environment: 'production', maxAgeMs }, ports, lab.ambient())
    expect(await check(3_600_000)).toMatchObject({ ok: true, reason: 'recent', outputs: { lag: expect.stringMatching(/^\d+\.\d$/), verified: 'true' } })
    expect(await check(100)).toMatchObject({ ok: false, reason: 'too-old', message: expect.stringContaining('would be, more than the 100 ms') })
    expect(await checkArchive({ app: 'shop', environment: 'staging', maxAgeMs: 3_600_000 }, ports, lab.ambient())).toMatchObject({ ok: false, reason: 'none-verified' })
  })

  test('a cluster that comes back with other rows is no backup, and goes', async () => {
    const before = await labels()
    // An archive whose last backup is a full one of its own would not let it go.
    expect(before).toHaveLength(2)
    const moment: PointInTime['moment'] = async (what) => {
      const taken = await lab.archive.moment(what)
      return { ...taken, fingerprint: { ...taken.fingerprint, rows: { ...taken.fingerprint.rows, 'public.orders': 7 } } }
    }
    const outcome = await run({ moment })
    expect(outcome).toMatchObject({ ok: false, reason: 'mismatch', message: expect.stringContaining('1 places'), outputs: { receipt: '', object: '' } })
    expect(JSON.stringify(outcome.summary)).toContain('public.orders')
    expect(await labels()).toEqual(before)
    expect(await ports.store.receipts()).toHaveLength(2)
  })

  test.each(['timed-out', 'cancelled'] as const)('a run that is %s before the proof takes its backup out again', async (how) => {
    const before = await labels()
    const cancel = new AbortController()
    const around = how === 'cancelled' ? lab.ambient(cancel.signal) : withinTime(lab.ambient(), 20_000)
    const archive = lab.open({ ambient: around })
    let seen: readonly string[] = []
    const verify = async (): Promise<void> => {
      seen = await labels()
      if (how === 'cancelled') cancel.abort()
      while (!around.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 50))
      await archive.verify()
    }
    const outcome = await backUpArchive(asked, { ...ports, archive: { ...archive, verify } }, around)
    expect(outcome).toMatchObject({ ok: false, reason: how, outputs: { object: '' } })
    expect(outcome.message).not.toContain('still in the repository')
    expect(seen).toHaveLength(before.length + 1)
    expect(await labels()).toEqual(before)
    expect(lab.remembered.get('archived')).toBe('')
  })

  test('what a killed run left without a proof goes with the next one; what is proven, damaged, of a living run or of another application stays', async () => {
    const before = await labels()
    const dead = { run: { ...lab.ambient().run, pid: spawnSync('true').pid } }
    const taken = async (mark: string): Promise<string> => (await lab.archive.backup('differential', mark)).label
    const [left, proven, living, others] = [await taken(markOf(asked, dead)), await taken(markOf(asked, dead)), await taken(markOf(asked, lab.ambient())), await taken(markOf({ ...asked, app: 'blog' }, dead))]
    await ports.store.writeReceipt(anyReceipt({ object: proven, store: 'pgbackrest:shop/repo1', kind: 'archive', app: 'blog' }))
    const broken = await run({ backup: (kind) => lab.archive.backup(kind, markOf(asked, dead)), verify: () => Promise.reject(new StateError('backup-corrupt', { message: 'Some file is damaged.' })) })
    expect(broken).toMatchObject({ ok: false, reason: 'backup-corrupt', message: expect.stringContaining('stays in the repository') })
    // The run of the broken one was the next.
    const [stays] = await labels()
    expect(await labels()).toEqual([stays, others, living, proven, ...before])
    await removeLeft(asked, ports, 'pgbackrest:shop/repo1', lab.ambient())
    expect(await labels()).toEqual([stays, others, living, proven, ...before])
    expect(lab.said.some((line) => line.includes(`Removed backup ${left}`))).toBe(true)
    for (const one of await ports.store.receipts()) if (one.object === proven) await ports.store.forget(one)
    await lab.archive.expire([stays!, others, living, proven])
  })

  test('an archive that does not work is said before anything is written', async () => {
    const before = await labels()
    lab.archiveBy('echo pgbackrest; exit 1')
    const outcome = await backUpArchive(asked, { ...ports, archive: lab.open({ archiveWithinS: 2 }) }, lab.ambient())
    lab.archiveBy()
    expect(outcome).toMatchObject({ ok: false, reason: 'archive-broken' })
    expect(await labels()).toEqual(before)
    // What comes next finds the archive well again.
    while (lab.sql('SELECT last_archived_time > last_failed_time FROM pg_stat_archiver') !== 't') await new Promise((resolve) => setTimeout(resolve, 50))
  })

  test('old ones go by the policy, what another needs stays, and a receipt without its backup goes with the next run', async () => {
    const owner = await lab.archive.about().then(({ host, port, database: name, systemIdentifier }) => ({ app: 'shop', environment: 'production', database: { host, port, name, systemIdentifier } }))
    const keep = { daily: 1, weekly: 0, monthly: 0 }
    // No delivery waits so long.
    const later = { ...lab.ambient(), clock: { ...lab.ambient().clock, now: () => Date.now() + 3 * 86_400_000 } }
    const fates = await pruneArchive({ environment: 'production', owner, keep, dryRun: false }, ports, later)
    expect(fates.map(({ fate, why }) => `${fate}: ${why.at(-1)}`)).toEqual([expect.stringContaining('kept: newest of the day'), 'kept: another backup needs it'])

    const last = await backUpArchive({ ...asked, fullEveryMs: 0, keep }, ports, later)
    expect(last).toMatchObject({ ok: true, reason: 'verified' })
    expect(JSON.parse(last.outputs.removed)).toHaveLength(2)
    expect(await labels()).toEqual([last.outputs.object])

    const [kept] = await ports.store.receipts()
    await ports.store.writeReceipt({ ...kept!, id: 'production-lost', object: '20200101-000000F' })
    expect(await run({}, { proof: 'list' })).toMatchObject({ ok: true, reason: 'listed', outputs: { verified: 'false' } })
    expect((await ports.store.receipts()).map(({ id }) => id)).not.toContain('production-lost')
  }, 240_000)
})
