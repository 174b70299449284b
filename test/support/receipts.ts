/** Receipts of backups, for tests of what is decided about them. */
import type { Receipt } from '../../core/domain/receipt.js'
import type { BackupOwner } from '../../core/domain/retention.js'

export const SHOP: BackupOwner = { app: 'shop', environment: 'production', database: { host: 'db', port: 5432, name: 'shop', systemIdentifier: '7' } }

let made = 0

/** Verified, of the database `SHOP`, with an id of its own. */
export function receipt(changes: Partial<Receipt>): Receipt {
  const id = changes.id ?? `receipt-${made += 1}`
  return {
    format: 1, ...SHOP, version: '1.0.0', store: '/srv/backups', object: `shop-${id}-${made += 1}.dump.zst`, bytes: 5, sha256: 'a'.repeat(64), compression: 'zstd', takenAt: '2026-11-21T10:00:00.000Z',
    dumpMs: 1, clientVersion: '15.8', serverVersion: '15.8', schemaRevision: '', kind: 'custom',
    fingerprint: { schema: 'b'.repeat(64), rows: {}, sequences: {}, extensions: {}, largeObjects: 0 },
    verified: { at: '2026-11-21T10:01:00.000Z', how: 'restored', restoreMs: 1 }, ...changes, id,
  }
}
