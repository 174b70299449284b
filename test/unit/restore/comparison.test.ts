import { expect, test } from '@jest/globals'
import { restoreBackup } from '../../../core/delivery/restore-backup.js'
import { compareWithReceipt } from '../../../core/domain/receipt-comparison.js'
import type { Fingerprint, Receipt } from '../../../core/domain/receipt.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import type { Database } from '../../../core/ports/database.js'

const counted: Fingerprint = { schema: 'a', rows: { t: 1 }, sequences: { s: '5', u: '1' }, extensions: {}, largeObjects: 0 }
const verified = { at: '', how: 'restored', restoreMs: 1 } as const
const receipt = (proof: Receipt['verified']): Receipt => ({
  format: 1, id: 'a', app: 'shop', environment: 'production', version: 'v1', database: { host: 'db', port: 5432, name: 'shop', systemIdentifier: '1' }, store: '/backups', object: 'a.dump', bytes: 1, sha256: 'a', compression: 'zstd',
  takenAt: '2026-11-01T10:00:00.000Z', dumpMs: 1, clientVersion: '17', serverVersion: '17', schemaRevision: '', fingerprint: counted, verified: proof,
})

test.each<[string, Partial<Fingerprint>, Receipt['verified'], number, number]>([
  ['a sequence that moved, of a backup that nobody restored', { sequences: { s: '9', u: '1' } }, null, 0, 1],
  ['a sequence that moved, of one that was restored', { sequences: { s: '9', u: '1' } }, verified, 1, 0],
  ['a sequence that is gone', { sequences: { s: '5' } }, null, 1, 0],
  ['rows that are gone', { rows: { t: 0 }, sequences: { s: '9', u: '1' } }, null, 1, 1],
])('%s', (_, change, proof, differences, moved) => {
  const comparison = compareWithReceipt(receipt(proof), { ...counted, ...change })
  expect([comparison.differences.length, comparison.moved, comparison.told === '']).toEqual([differences, moved, differences === 0])
})

test('a rollback restores a backup that nobody restored, whose sequences moved while it was taken', async () => {
  const done: string[] = []
  const scratch = { name: 'copy', faithful: true, restore: async () => undefined, fingerprint: async () => ({ ...counted, sequences: { s: '9', u: '1' } }), outline: async () => ({}), drop: async () => undefined }
  const database = { about: async () => ({ name: 'shop' }), scratch: async () => scratch, refuseReplacement: async () => undefined, replaceWith: async () => { done.push('replaced'); return 'before' } } as unknown as Database
  const log = { info: (text: string) => { done.push(text) }, warn: () => undefined }
  const ambient = { clock: { now: () => 0 }, log } as unknown as Ambient
  expect(await restoreBackup({ receipt: receipt(null), database, store: {} as BackupStore }, ambient)).toBe('before')
  expect(done.join(' ')).toMatch(/1 sequences moved.*replaced/)
  await expect(restoreBackup({ receipt: receipt(verified), database, store: {} as BackupStore }, ambient)).rejects.toThrow('differs from its receipt in 1 places, first in sequence s: "5" and "9". The database was not changed.')
})

test('a rollback restores no backup of another database, and none that could not take its place, before anything is restored', async () => {
  const done: string[] = []
  const scratch = { name: 'copy', faithful: false, restore: async () => { done.push('restored') }, drop: async () => { done.push('dropped') } }
  const named = (name: string): Database => ({ about: async () => ({ name }), refuseReplacement: async () => undefined, scratch: async () => { done.push('made'); return scratch } }) as unknown as Database
  const ambient = { clock: { now: () => 0 }, log: { info: () => undefined, warn: () => undefined } } as unknown as Ambient
  const restore = (database: string): Promise<string> => restoreBackup({ receipt: receipt(verified), database: named(database), store: {} as BackupStore }, ambient)
  await expect(restore('blog')).rejects.toMatchObject({ code: 'restore-failed', message: expect.stringContaining('is of the database `shop` on db:5432, and would take the place of `blog`') })
  expect(done).toEqual([])
  await expect(restore('shop')).rejects.toMatchObject({ code: 'database-refused', fix: expect.stringContaining('superuser') })
  expect(done).toEqual(['made', 'dropped'])
})
