/** Going back over migrations that the old release can't run on. */
import { describe, expect, test } from '@jest/globals'
import { usualBackup } from '../../../core/domain/backup.js'
import type { MigrateCommands } from '../../../core/domain/environment.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { FlowLab, release } from '../../support/flow-lab.js'

const commands: MigrateCommands = { up: 'up', revision: 'revision', down: 'down to $ECLUSE_REVISION', in: 'runner', backwardCompatible: false, withinMs: 1000 }

const receiptOf = (id: string, takenAt: number, schemaRevision: string, changes: Partial<Receipt> = {}): Receipt => ({
  format: 1, id, app: 'shop', environment: 'production', version: 'v1', database: { host: 'db', port: 5432, name: 'shop', systemIdentifier: '7' }, store: '/srv/backups', object: `${id}.dump.zst`,
  bytes: 1, sha256: 'ab', compression: 'zstd', takenAt: new Date(takenAt).toISOString(), dumpMs: 1, clientVersion: '15.8', serverVersion: '15.8', schemaRevision,
  fingerprint: { schema: '', rows: {}, sequences: {}, extensions: {}, largeObjects: 0 }, verified: { at: new Date(takenAt).toISOString(), how: 'restored', restoreMs: 1 }, ...changes,
})

/** Each delivery migrates by one revision: v0 runs with r1, v1 with r2, v2 with r3. */
async function migrated(changes: Partial<MigrateCommands> = {}): Promise<FlowLab & { schema: number }> {
  const lab = Object.assign(new FlowLab(), { schema: 0 })
  lab.place = { migrate: { ...commands, ...changes } }
  lab.script = (what) => {
    if (what === 'migrate the database') lab.schema += 1
    if (what === 'take the database schema back') lab.schema = 2
    return { lastLines: what === 'read the schema revision' ? (lab.schema === 0 ? [] : [`r${lab.schema}`]) : [] }
  }
  await lab.served('v0', 'v1', 'v2')
  lab.place = { ...lab.place, backup: usualBackup('postgres://u@db/shop', { name: 'disk', path: '/srv/backups' }) }
  return lab
}

describe('a rollback over a migration that the old release can not run on', () => {
  test('is refused with every way out and its exact inputs', async () => {
    const lab = await migrated()
    const now = lab.time.now()
    lab.receipts = [
      receiptOf('production-good', now - 3 * 3_600_000 - 12 * 60_000, 'r2'),
      receiptOf('production-older', now - 9 * 3_600_000, 'r2'),
      receiptOf('production-other-schema', now - 60_000, 'r3'),
      receiptOf('production-unverified', now - 60_000, 'r2', { verified: null }),
      receiptOf('production-elsewhere', now - 60_000, 'r2', { environment: 'staging' }),
    ]
    const outcome = await lab.rollback()
    expect(outcome).toMatchObject({ ok: false, reason: 'schema-incompatible', outputs: { version: 'v2', deployment: '' } })
    expect(outcome.message).toContain('v1 can not be brought back: the database schema has changed since')
    expect(outcome.message).toContain('(1) give `to: v1`, `migrate-down: configured`: `down to $ECLUSE_REVISION` takes the schema from revision r3 back to revision r2')
    expect(outcome.message).toContain('(2) give `to: v1`, `restore-receipt: production-good`, `confirm-restore-receipt: production-good`')
    expect(outcome.message).toContain('that is 3 h 12 min of data, is lost')
    expect(outcome.message).toContain('(3) deliver a release with the fix')
    expect(outcome.message).not.toContain('production-older')
    expect(outcome.summary.parts).toContainEqual(expect.objectContaining({ title: 'What can be done', rows: expect.arrayContaining([expect.arrayContaining(['to: v1; migrate-down: configured'])]) }))
    expect(lab.journal.filter((line) => /platform (restore|abandon)|database/.test(line))).toEqual([])
  })

  test('offers nothing that does not lead there', async () => {
    const lab = await migrated({ down: undefined } as never)
    const { message } = await lab.rollback({ to: 'v1' })
    expect(message).toContain('What can be done: (1) deliver a release with the fix')
    expect(message).toContain('`migrate.down` is not set')
    expect(message).not.toContain('restore-receipt')
  })

  test('goes back with the schema, and the record has the revision that is there then', async () => {
    const lab = await migrated()
    const outcome = await lab.rollback({ migrateDown: commands.down! })
    expect(outcome).toMatchObject({ ok: true, reason: 'rolled-back', outputs: { version: 'v1' }, message: expect.stringContaining('The schema is at revision r2') })
    expect(lab.deliveries.at(-1)?.result).toMatchObject({ live: release('v1'), schema: { before: 'r3', after: 'r2' } })
    expect(await lab.rollback({ to: 'v2', force: 'it was not the release' })).toMatchObject({ reason: 'rolled-back' })
  })

  test('the record tells the truth where the way down failed', async () => {
    const lab = await migrated()
    const { script } = lab
    lab.script = (what) => (what === 'take the database schema back' ? { exitCode: 1, lastLines: ['no such column'] } : script(what))
    expect(await lab.rollback({ migrateDown: commands.down! })).toMatchObject({ ok: false, reason: 'migrate-down-failed' })
    expect(lab.deliveries.at(-1)?.result).toMatchObject({ reason: 'migrate-down-failed', schema: { before: 'r3', after: 'r3' } })
  })

  test('a backup with another schema does not settle it, the right one does', async () => {
    const lab = await migrated()
    lab.receipts = [receiptOf('production-good', lab.time.now(), 'r2'), receiptOf('production-new', lab.time.now(), 'r3')]
    for (const { id } of lab.receipts) lab.backups.add(id)
    expect(await lab.rollback({ restoreReceipt: 'production-new' })).toMatchObject({ reason: 'schema-incompatible' })
    expect(lab.restored).toEqual([])
    expect(await lab.rollback({ restoreReceipt: 'production-good' })).toMatchObject({ ok: true, reason: 'rolled-back' })
    expect(lab.restored).toEqual(['production-good'])
  })

  test('a backup of the archive is refused while nothing has been changed', async () => {
    const lab = await migrated()
    lab.receipts = [receiptOf('production-archive', lab.time.now(), 'r2', { kind: 'archive', object: '20261121-101500F' })]
    lab.backups.add('production-archive')
    expect(await lab.rollback({ restoreReceipt: 'production-archive' })).toMatchObject({ ok: false, reason: 'receipt-unknown', message: expect.stringContaining('`--set=20261121-101500F`') })
    expect(lab.restored).toEqual([])
  })

  test('a backup of another database of the environment is not offered, and refused while nothing has been changed', async () => {
    const lab = await migrated()
    const now = lab.time.now()
    const database = { host: 'db', port: 5432, name: 'analytics', systemIdentifier: '7' }
    lab.receipts = [receiptOf('production-good', now - 60_000, 'r2'), receiptOf('production-analytics', now, 'r2', { database })]
    for (const { id } of lab.receipts) lab.backups.add(id)
    const { message } = await lab.rollback()
    expect([message.includes('production-good'), message.includes('production-analytics')]).toEqual([true, false])
    expect(await lab.rollback({ restoreReceipt: 'production-analytics' })).toMatchObject({ ok: false, reason: 'receipt-unknown', message: expect.stringContaining('is of the database `analytics` on db:5432, and would take the place of `shop`') })
    expect([lab.restored, lab.world.stable?.release.version]).toEqual([[], 'v2'])
  })

  test('a migration of which nobody recorded where it ended is none that the old release can run on', async () => {
    const lab = await migrated({ revision: undefined } as never)
    const outcome = await lab.rollback()
    expect(outcome).toMatchObject({ reason: 'schema-incompatible', message: expect.stringContaining('nothing tells which revision') })
    expect(outcome.message).not.toContain('migrate-down: configured')
    expect(await lab.rollback({ migrateDown: commands.down! })).toMatchObject({ reason: 'schema-incompatible' })
    expect(await lab.rollback({ migrateDown: 'down one' })).toMatchObject({ ok: true, reason: 'rolled-back' })
  })

  test('an empty database before the first migration is a revision like any other', async () => {
    const lab = await migrated()
    expect(lab.deliveries[0]?.result?.schema).toEqual({ before: 'none', after: 'r1' })
  })
})
