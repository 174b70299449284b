import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { backUp } from '../../../actions/db-backup/flow.js'
import { withDeadline } from '../../../core/delivery/backup/deadline.js'
import { restoreBackup } from '../../../core/delivery/restore-backup.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { diskStore } from '../../../core/drivers/stores/disk/index.js'
import { FileError } from '../../../core/errors/families.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import { backupAmbient } from '../../support/backup-ambient.js'
import { asked, backupLab, MUCH, onFirstBytes, type BackupLab } from '../../support/backup-lab.js'
import { addressOf } from '../../support/database-lab.js'
import { startPostgres, withEngines } from '../../support/engines/index.js'

const support = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'support')

withEngines(['postgres', 'pg-clients', 'zstd'], 'a backup, on a real PostgreSQL', () => {
  let lab: BackupLab
  beforeAll(async () => {
    lab = await backupLab()
  })
  afterAll(() => lab.close())

  test('is verified, recorded and can be restored in the place of the database', async () => {
    const place = lab.ground()
    const outcome = await place.run({}, { revision: 'echo noise; echo r42' })
    expect(outcome).toMatchObject({ ok: true, reason: 'verified' })
    const [receipt] = await place.store.receipts()
    expect(JSON.parse(outcome.outputs.receipt)).toEqual(receipt)
    expect(receipt).toMatchObject({ version: '1.0.0', schemaRevision: 'r42', compression: 'zstd', fingerprint: { rows: { 'public.much': 120000 } }, verified: { how: 'restored' }, serverVersion: expect.stringMatching(/^15\./) })
    expect(place.files()).toEqual([receipt!.object, `${receipt!.object}.receipt.json`])
    expect((await place.ledger.history('production')).facts).toMatchObject([{ type: 'receipt', receipt: { id: outcome.outputs['receipt-id'] } }])
    expect(lab.scratches()).toEqual([])
    expect(JSON.stringify([outcome, lab.said, readFileSync(path.join(place.folder, `${receipt!.object}.receipt.json`), 'utf8')])).not.toContain(lab.server.password)

    const target = lab.database('target')
    lab.sql('CREATE TABLE old (a int)', 'target')
    const kept = await restoreBackup({ receipt: { ...receipt!, database: { ...receipt!.database, name: 'target' } }, database: postgresDatabase({ url: target }, place.ambient), store: place.store }, place.ambient)
    expect(lab.sql('SELECT count(*) FROM much', 'target')).toBe('120000')
    expect(lab.sql('SELECT count(*) FROM old', kept)).toBe('0')
  })

  test.each<[string, (file: string) => void]>([
    ['cut short', (file) => truncateSync(file, 1_000_000)],
    ['changed in one bit', (file) => {
      const content = readFileSync(file)
      content[Math.floor(content.length / 3)]! ^= 1
      writeFileSync(file, content)
    }],
  ])('whose stored bytes were %s is no backup', async (_, damage) => {
    const place = lab.ground()
    const store: BackupStore = {
      ...place.store,
      async *read(name) {
        damage(path.join(place.folder, name))
        yield* place.store.read(name)
      },
    }
    const outcome = await place.run({ store })
    expect(['backup-corrupt', 'restore-failed']).toContain(outcome.reason)
    lab.nothingIsLeft(place)
  })

  test('that was damaged later is not put in the place of the database', async () => {
    const place = lab.ground()
    await place.run()
    const [receipt] = await place.store.receipts()
    const file = path.join(place.folder, receipt!.object)
    const content = readFileSync(file)
    content[100]! ^= 1
    writeFileSync(file, content)
    await expect(restoreBackup({ receipt: receipt!, database: place.database, store: place.store }, place.ambient)).rejects.toBeInstanceOf(Error)
    const other: Receipt = { ...receipt!, fingerprint: { ...receipt!.fingerprint, rows: { 'public.much': 5 } } }
    await place.store.remove(receipt!.object)
    await place.store.write(receipt!.object, (async function* () {
      content[100]! ^= 1
      yield content
    })())
    await expect(restoreBackup({ receipt: other, database: place.database, store: place.store }, place.ambient)).rejects.toMatchObject({ code: 'restore-failed', message: expect.stringContaining('public.much') })
    expect(lab.sql('SELECT count(*) FROM much', 'shop')).toBe('120000')
    expect(lab.scratches()).toEqual([])
  })

  test('whose copy differs names what differs', async () => {
    const place = lab.ground()
    const scratch: typeof place.database.scratch = async () => {
      const made = await place.database.scratch()
      return { ...made, restore: async (content) => {
        await made.restore(content)
        lab.sql('DELETE FROM much WHERE n < 4; ALTER TABLE much ADD COLUMN more int', made.name)
      } }
    }
    const outcome = await place.run({ database: { ...place.database, scratch } })
    expect(outcome).toMatchObject({ ok: false, reason: 'mismatch' })
    expect(outcome.outputs.object).toBe('')
    const table = outcome.summary.parts.find((part) => part.kind === 'table' && part.title === 'What differs')
    expect(table).toMatchObject({ rows: expect.arrayContaining([['rows', 'public.much', '120000', '119997'], ['schema', 'column public.much.more', 'not there', expect.any(String)]]) })
    lab.nothingIsLeft(place)
  })

  test('of a server that stops in the middle of the dump', async () => {
    const own = await startPostgres()
    const address = addressOf(own, {})
    try {
      await lab.ambient.process.run({ what: 'fill', argv: ['psql', '-XqAt', '-f', '-'], stdin: MUCH, timeoutMs: 30_000,
        env: { PGHOST: own.host, PGPORT: String(own.port), PGUSER: own.user, PGPASSWORD: own.password, PGDATABASE: own.database } })
      const place = lab.ground({ address })
      const outcome = await place.run({ store: onFirstBytes(place.store, () => void process.kill(own.pid, 'SIGQUIT')) })
      expect(outcome).toMatchObject({ ok: false, reason: 'server-restarted' })
      expect(outcome.message).not.toContain(own.password)
      expect(place.files()).toEqual([])
    } finally {
      await own.stop()
    }
  })

  test.each(['dump', 'restore'])('that is cancelled during its %s leaves nothing', async (phase) => {
    const cancel = new AbortController()
    const place = lab.ground({ ambient: backupAmbient({ work: lab.work, signal: cancel.signal, said: lab.said }) })
    const store = phase === 'dump' ? onFirstBytes(place.store, () => cancel.abort()) : { ...place.store, async *read(name: string) {
      for await (const chunk of place.store.read(name)) {
        yield chunk
        cancel.abort()
      }
    } }
    expect(await place.run({ store })).toMatchObject({ ok: false, reason: 'cancelled' })
    lab.nothingIsLeft(place)
  })

  test('that takes longer than it may', async () => {
    const place = lab.ground({ ambient: withDeadline(lab.ambient, 400) })
    expect(await place.run()).toMatchObject({ ok: false, reason: 'timed-out' })
    lab.nothingIsLeft(place)
  })

  test('for which the disk is too small', async () => {
    const full = { ...lab.ambient, files: { ...lab.ambient.files, create: async (file: string, content: AsyncIterable<Uint8Array>) => {
      for await (const chunk of content) if (chunk.length > 0) throw new FileError('disk-full', { message: 'Could not create: no room is left on the disk.', path: file })
      return { bytes: 0 }
    } } }
    const place = lab.ground({ ambient: full })
    expect(await place.run()).toMatchObject({ ok: false, reason: 'disk-full' })
    lab.nothingIsLeft(place)
    const small = lab.ground()
    expect(await small.run({ store: { ...small.store, room: () => Promise.resolve(1e6) } })).toMatchObject({ ok: false, reason: 'disk-full' })
    lab.nothingIsLeft(small)
  })

  test('with a revision command that fails, a wrong password, an unknown database', async () => {
    const place = lab.ground()
    expect(await place.run({}, { revision: 'echo sorry; exit 3' })).toMatchObject({ reason: 'revision-failed', message: expect.stringContaining('sorry') })
    const wrong = lab.ground({ address: addressOf(lab.server, { password: 'planted-pa55', database: 'shop' }) })
    const outcome = await wrong.run()
    expect(outcome).toMatchObject({ ok: false, reason: 'login-refused', message: expect.stringContaining('Check user and password') })
    expect(JSON.stringify([outcome, lab.said])).not.toContain('planted-pa55')
    expect(await lab.ground({ address: addressOf(lab.server, { database: 'nowhere' }) }).run()).toMatchObject({ reason: 'database-unreachable' })
    lab.nothingIsLeft(place)
  })

  test('whose name is taken leaves what is there alone', async () => {
    const place = lab.ground()
    await place.run()
    const [receipt] = await place.store.receipts()
    const store: BackupStore = { ...place.store, write: (_, content) => place.store.write(receipt!.object, content) }
    expect(await place.run({ store })).toMatchObject({ ok: false, reason: 'store-failed' })
    expect(place.files()).toEqual([receipt!.object, `${receipt!.object}.receipt.json`])
  })

  test('that the ledger does not take is kept, and not green', async () => {
    const place = lab.ground()
    const ledger = { ...place.ledger, record: () => Promise.reject(new FileError('file-refused', { message: 'Could not append.', path: 'ledger' })) }
    expect(await place.run({ ledger })).toMatchObject({ ok: false, reason: 'record-failed' })
    // Without the record nobody says what is live: no reason to have no backup.
    const { version: _, ...asking } = asked()
    const silent = { ...ledger, history: () => Promise.reject(new FileError('file-refused', { message: 'Could not read.', path: 'ledger' })) }
    expect(await backUp(asking, { ...place, ledger: silent }, place.ambient)).toMatchObject({ ok: false, reason: 'record-failed' })
    expect(await place.store.receipts()).toHaveLength(2)
  })

  test('two at once do not disturb each other', async () => {
    const place = lab.ground()
    const other = { ...lab.ambient, run: { ...lab.ambient.run, id: 'test-2' } }
    const beside = { database: postgresDatabase({ url: lab.url }, other), store: diskStore({ path: place.folder }, other) }
    const outcomes = await Promise.all([place.run(), place.run(beside, {}, other)])
    expect(outcomes.map(({ reason }) => reason)).toEqual(['verified', 'verified'])
    expect(await place.store.receipts()).toHaveLength(2)
    expect(lab.scratches()).toEqual([])
  })

  test.each([['dump', 'Dump `shop`', 20], ['dump, late', 'Dump `shop`', 400], ['restore', 'Prove it', 100], ['restore, late', 'Prove it', 400]])(
    'that is killed during its %s is swept by the next', async (_, sign, afterMs) => {
      const place = lab.ground()
      const script = path.join(lab.work, 'backup-run.mjs')
      if (!existsSync(script)) {
        await build({ entryPoints: [path.join(support, 'backup-run.ts')], bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error' })
      }
      const child = spawn(process.execPath, [script], { env: { ...process.env, BACKUP_URL: lab.url, BACKUP_FOLDER: place.folder, BACKUP_WORK: lab.work }, stdio: ['ignore', 'pipe', 'inherit'] })
      for await (const chunk of child.stdout) if (String(chunk).includes(sign)) break
      await pause(afterMs)
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      expect(await place.store.receipts()).toEqual([])
      expect(await place.run()).toMatchObject({ ok: true })
      expect(place.files()).toHaveLength(2)
      // A program of the killed run may have been at work still when the next one looked.
      for (let look = 0; look < 20 && lab.scratches().length > 0; look += 1) {
        await place.database.sweep()
        await pause(100)
      }
      expect(lab.scratches()).toEqual([])
      expect(readdirSync(lab.work).filter((name) => name.startsWith('ecluse_spool_'))).toEqual([])
    })

  test.each([0, 5, 10, 20, 40, 80])('that is cancelled %d ms after it began to prove leaves no scratch database', async (afterMs) => {
    const cancel = new AbortController()
    const remembered = new Map<string, string>()
    const ambient = backupAmbient({ work: lab.work, signal: cancel.signal, remembered })
    const database = postgresDatabase({ url: lab.url }, ambient)
    await database.about()
    const making = database.scratch().then((scratch) => scratch.drop(), () => undefined)
    await pause(afterMs)
    cancel.abort()
    await making
    await postgresDatabase({ url: lab.url }, lab.ambient).sweep(remembered.get('scratch'))
    await pause(200)
    expect(lab.scratches()).toEqual([])
  })
})
