/** What a restore says of databases that it did not make, and of stores that it did not see. */
import os from 'node:os'
import { expect, test } from '@jest/globals'
import { restore } from '../../../actions/db-restore/flow.js'
import type { RestoreOutcome } from '../../../actions/db-restore/outcome.js'
import type { RestoreRequest } from '../../../actions/db-restore/request.js'
import type { RestorePorts } from '../../../actions/db-restore/run.js'
import { usualBackup } from '../../../core/domain/backup.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import type { Database } from '../../../core/ports/database.js'
import { backupAmbient } from '../../support/backup-ambient.js'
import { fakeLedger, type LedgerStore } from '../../support/fakes/ledger.js'
import { production } from '../../support/restore-place.js'

const receipt: Receipt = {
  format: 1, id: 'good', app: 'shop', environment: 'production', version: 'v1', database: { host: 'db', port: 5432, name: 'shop', systemIdentifier: '1' }, store: '/backups', object: 'good.dump', bytes: 1, sha256: 'a', compression: 'zstd',
  takenAt: '2026-11-01T10:00:00.000Z', dumpMs: 1, clientVersion: '17', serverVersion: '17', schemaRevision: '', fingerprint: { schema: '', rows: {}, sequences: {}, extensions: {}, largeObjects: 0 }, verified: { at: '', how: 'restored', restoreMs: 1 },
}
const gone = (): never => {
  throw new RemoteError('database-unreachable', { service: 'PostgreSQL', operation: 'look', message: 'Nobody listens.' })
}
const noStore = async (): Promise<never> => {
  throw new RemoteError('store-unreachable', { service: 'S3', operation: 'list', message: 'The bucket does not answer.' })
}

async function run(request: Partial<RestoreRequest>, has: Database['has'], { ledger = new Map(), receipts = [receipt] }: { readonly ledger?: LedgerStore; readonly receipts?: readonly Receipt[] } = {}): Promise<{ readonly outcome: RestoreOutcome; readonly swept: number }> {
  const ambient = backupAmbient({ work: os.tmpdir() })
  let swept = 0
  const about = { host: 'db', port: 5432, name: 'shop', systemIdentifier: '1', serverVersion: '17', clientVersion: '17', bytes: 1 }
  const database = { about: async () => about, has, sweep: async () => { swept += 1; return [] } } as unknown as Database
  const never = async (): Promise<never> => { throw new Error('not asked for') }
  const ports: RestorePorts = {
    stores: [async () => ({ place: '/backups', receipts: async () => receipts }) as unknown as BackupStore, noStore],
    database: async () => database, ledger: async (under) => fakeLedger(ledger, under), encryption: never, archive: never, cache: never, platform: never,
  }
  const outcome = await restore({
    environment: production, policy: usualBackup('postgres://db/shop', { name: 'disk', path: '/backups' }), mode: 'restore', target: 'new', unverified: false, safetyBackup: true, forward: false, dryRun: false, startedAt: Date.now(), ...request,
  }, ports, ambient)
  return { outcome, swept }
}

test('a server that goes away before anything was made has no new database, in words and in the record', async () => {
  const ledger: LedgerStore = new Map()
  const { outcome } = await run({ into: 'then' }, gone, { ledger })
  expect(outcome).toMatchObject({ ok: false, reason: 'database-unreachable', message: 'Nobody listens. Check address, name, user and password, and that the server runs. The database `shop` is as it was.', outputs: { database: '' } })
  expect(ledger.get('production')?.history().facts ?? []).toEqual([])
})

test('a dry run drops nothing, not even what a dead run left', async () => {
  const { outcome, swept } = await run({ dryRun: true }, async () => false)
  expect([outcome.reason, swept]).toEqual(['planned', 0])
})

test('a list says which store it could not read', async () => {
  const { outcome } = await run({ mode: 'list' }, gone)
  expect(outcome).toMatchObject({ ok: true, reason: 'listed', message: '1 backup, 1 of them restored for proof. The second store could not be read: The bucket does not answer.' })
})

test('a list says which backups pgBackRest keeps, and where', async () => {
  const archive: Receipt = { ...receipt, id: 'arc', kind: 'archive', object: '20261102-000000F', store: 'stanza shop of pgBackRest' }
  const { outcome } = await run({ mode: 'list' }, gone, { receipts: [archive, receipt] })
  expect(JSON.parse(outcome.outputs.receipts)).toMatchObject([{ id: 'arc', archive: true }, { id: 'good', archive: false }])
  const table = outcome.summary.parts.find((part) => part.kind === 'table')
  expect(table?.kind === 'table' ? table.rows.map((row) => row[7]) : []).toEqual(['stanza shop of pgBackRest, kept by pgBackRest', '/backups'])
})
