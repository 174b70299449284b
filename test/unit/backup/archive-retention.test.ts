/** Receipts of backups that are no longer in the archive of pgBackRest. */
import os from 'node:os'
import { expect, test } from '@jest/globals'
import { forgetGone } from '../../../actions/db-backup/archive-retention.js'
import { runArchive } from '../../../actions/db-backup/archive-run.js'
import type { ArchivePorts } from '../../../actions/db-backup/archive.js'
import { usualBackup } from '../../../core/domain/backup.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { StateError } from '../../../core/errors/families.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import type { PointInTime } from '../../../core/ports/point-in-time.js'
import { backupAmbient } from '../../support/backup-ambient.js'
import { fakeLedger } from '../../support/fakes/ledger.js'

const database = { host: 'db', port: 5432, name: 'shop', systemIdentifier: '1' }
const receipt = (object: string): Receipt => ({
  format: 1, id: object, app: 'shop', environment: 'production', version: 'v1', database, store: 'archive', object, bytes: 1, sha256: '', compression: 'pgbackrest', kind: 'archive',
  takenAt: '2026-11-01T10:00:00.000Z', dumpMs: 1, clientVersion: '17', serverVersion: '17', schemaRevision: '', fingerprint: { schema: '', rows: {}, sequences: {}, extensions: {}, largeObjects: 0 }, verified: null,
})

async function gone({ labels, receipts, forget = async () => undefined }: { readonly labels: () => readonly string[]; readonly receipts: () => readonly Receipt[]; readonly forget?: BackupStore['forget'] }): Promise<{ readonly asked: readonly string[]; readonly said: readonly string[] }> {
  const said: string[] = []
  const asked: string[] = []
  const ambient = backupAmbient({ work: os.tmpdir(), said })
  const store = { receipts: async () => receipts(), forget: async (one: Receipt) => { asked.push(one.object); await forget(one) } } as unknown as BackupStore
  const archive = { backups: async () => labels().map((label) => ({ label })) } as unknown as PointInTime
  const ports: ArchivePorts = { archive, store, ledger: fakeLedger(new Map(), ambient) }
  await forgetGone({ app: 'shop', environment: 'production', database }, ports, 'archive', ambient)
  return { asked, said }
}

test('a receipt goes when its backup is gone, and one that another run writes meanwhile stays', async () => {
  const labels = ['F1']
  const receipts = [receipt('F0'), receipt('F1')]
  // A run ends between the two looks, whichever comes first.
  const ends = (): void => { if (!labels.includes('F2')) { labels.push('F2'); receipts.push(receipt('F2')) } }
  const { asked } = await gone({ labels: () => { const seen = [...labels]; ends(); return seen }, receipts: () => { const seen = [...receipts]; ends(); return seen } })
  expect(asked).toEqual(['F0'])
})

test('a receipt that its store has locked keeps no backup from being taken', async () => {
  const { said } = await gone({ labels: () => [], receipts: () => [receipt('F0')], forget: () => Promise.reject(new StateError('backup-locked-away', { message: 'It is locked until 2027.' })) })
  expect(said.at(-1)).toContain('The receipt F0 stays for now: It is locked until 2027.')
})

test.each([true, false])('mode prune is red where the record does not say what is live (dry run: %s)', async (dryRun) => {
  const ambient = backupAmbient({ work: os.tmpdir() })
  const policy = { ...usualBackup('', { name: 'disk', path: '' }), keep: { daily: 1, weekly: 1, monthly: 1 } }
  const archive = { about: async () => ({ ...database, database: database.name, place: 'archive' }) } as unknown as PointInTime
  const ledger = { ...fakeLedger(new Map(), ambient), history: async () => ({ environment: 'production', deliveries: [], facts: [], cut: true }) }
  const open = { archive: async () => archive, store: async () => ({}) as BackupStore, copy: () => undefined, ledger: async () => ledger }
  const outcome = await runArchive({ environment: { app: 'shop', name: 'production' }, policy, pointInTime: { stanza: 'shop', fullEveryMs: 1 }, given: { mode: 'prune', 'dry-run': dryRun } }, open, ambient)
  expect(outcome).toMatchObject({ ok: false, reason: 'retention-failed', message: expect.stringContaining('does not say what is live') })
})
