import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Receipt } from '../../../core/domain/receipt.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import { bytes, collected } from '../../support/backup-ambient.js'

export interface StoreBench {
  /** The store as this living run sees it. */
  readonly store: BackupStore
  /** The same store as a run that is dead by now saw it. */
  readonly dead: BackupStore
  close(): Promise<void>
}

export function receiptFor(object: string, takenAt: string): Receipt {
  return {
    format: 1, id: object.replace('.dump.zst', ''), app: 'shop', environment: 'production', version: '1.0.0',
    database: { host: 'db', port: 5432, name: 'shop', systemIdentifier: '7' },
    store: 'here', object, bytes: 3, sha256: 'a'.repeat(64), compression: 'zstd', takenAt, dumpMs: 5, clientVersion: '15.1', serverVersion: '15.1', schemaRevision: 'r7',
    fingerprint: { schema: 'b'.repeat(64), rows: { 'public."Tä"': 3 }, sequences: { 'public.s': '4' }, extensions: { citext: '1.6' }, largeObjects: 0 },
    verified: { at: takenAt, how: 'restored', restoreMs: 9 },
  }
}

/** What every store must do. */
export function storeContract(title: string, open: () => Promise<StoreBench>): void {
  describe(title, () => {
    let bench: StoreBench
    beforeAll(async () => {
      bench = await open()
    })
    afterAll(() => bench.close())

    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield* bytes('half of it')
      throw new Error('the source broke')
    }

    test('gives back what it took, and says its size and SHA-256', async () => {
      const content = [Buffer.alloc(100_000, 7), 'and ünicode', Buffer.alloc(0), Buffer.from([0, 255])]
      const all = Buffer.concat(content.map((chunk) => Buffer.from(chunk)))
      expect(await bench.store.write('one.dump.zst', bytes(...content))).toEqual({ bytes: all.length, sha256: createHash('sha256').update(all).digest('hex') })
      expect((await collected(bench.store.read('one.dump.zst'))).equals(all)).toBe(true)
    })

    test('overwrites nothing', async () => {
      await bench.store.write('two.dump.zst', bytes('first'))
      await expect(bench.store.write('two.dump.zst', bytes('second'))).rejects.toMatchObject({ code: 'file-exists' })
      expect((await collected(bench.store.read('two.dump.zst'))).toString()).toBe('first')
    })

    test('keeps nothing of a write that failed', async () => {
      await expect(bench.store.write('three.dump.zst', failing())).rejects.toThrow('the source broke')
      await expect(collected(bench.store.read('three.dump.zst'))).rejects.toMatchObject({ code: 'file-missing' })
      await bench.store.write('three.dump.zst', bytes('again'))
      await bench.store.remove('three.dump.zst')
      await bench.store.remove('three.dump.zst')
      await expect(collected(bench.store.read('three.dump.zst'))).rejects.toMatchObject({ code: 'file-missing' })
    })

    test('lists receipts, newest first, whole', async () => {
      const older = receiptFor('older.dump.zst', '2026-01-01T00:00:00.000Z')
      const newer = receiptFor('newer.dump.zst', '2026-02-01T00:00:00.000Z')
      await bench.store.writeReceipt(older)
      await bench.store.writeReceipt(newer)
      expect(await bench.store.receipts()).toEqual([newer, older])
    })

    test('removes what dead runs left without a receipt, and nothing else', async () => {
      await bench.store.write('living.dump.zst', bytes('in work'))
      await bench.dead.write('left.dump.zst', bytes('never proven'))
      await bench.dead.write('proven.dump.zst', bytes('proven'))
      await bench.dead.writeReceipt(receiptFor('proven.dump.zst', '2026-03-01T00:00:00.000Z'))
      expect(await bench.store.sweep()).toEqual(['left.dump.zst'])
      expect(await bench.store.sweep()).toEqual([])
      expect((await collected(bench.store.read('living.dump.zst'))).toString()).toBe('in work')
      expect((await collected(bench.store.read('proven.dump.zst'))).toString()).toBe('proven')
      await expect(collected(bench.store.read('left.dump.zst'))).rejects.toMatchObject({ code: 'file-missing' })
    })
  })
}
