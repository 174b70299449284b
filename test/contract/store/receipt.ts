import type { Receipt } from '../../../core/domain/receipt.js'

export function receiptFor(object: string, takenAt: string): Receipt {
  return {
    format: 1, id: object.replace('.dump.zst', ''), app: 'shop', environment: 'production', version: '1.0.0',
    database: { host: 'db', port: 5432, name: 'shop', systemIdentifier: '7' },
    store: 'here', object, bytes: 3, sha256: 'a'.repeat(64), compression: 'zstd', takenAt, dumpMs: 5, clientVersion: '15.1', serverVersion: '15.1', schemaRevision: 'r7',
    fingerprint: { schema: 'b'.repeat(64), rows: { 'public."Tä"': 3 }, sequences: { 'public.s': '4' }, extensions: { citext: '1.6' }, largeObjects: 0 },
    verified: { at: takenAt, how: 'restored', restoreMs: 9 },
  }
}
