import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import { bytes, collected } from '../../support/backup-ambient.js'
import { receiptFor } from './receipt.js'

export { receiptFor } from './receipt.js'

export interface StoreBench {
  /** The store as this living run sees it. */
  readonly store: BackupStore
  /** The same store as a run that is dead by now saw it. */
  readonly dead: BackupStore
  /** Flips a bit of what is kept under this name, behind the store's back. */
  damage(name: string): Promise<void>
  /** Names of all that is kept, also of what is hidden. */
  kept(): Promise<readonly string[]>
  close(): Promise<void>
}

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

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
      expect(await bench.store.write('one.dump.zst', bytes(...content))).toEqual({ bytes: all.length, sha256: sha256(all) })
      expect((await collected(bench.store.read('one.dump.zst'))).equals(all)).toBe(true)
    })

    test('says how large a backup is once it is whole, and nothing of what is not there', async () => {
      const sizes: (number | undefined)[] = []
      const look = async (): Promise<void> => void sizes.push(await bench.store.size('sized.dump.zst'))
      const watched = async function* (): AsyncGenerator<Uint8Array> {
        yield* bytes(Buffer.alloc(70_000, 3))
        await look()
        yield* bytes('ü')
      }
      await look()
      await bench.store.write('sized.dump.zst', watched())
      await look()
      await bench.store.remove('sized.dump.zst')
      await look()
      await bench.store.write('empty.dump.zst', bytes())
      sizes.push(await bench.store.size('empty.dump.zst'))
      await bench.store.remove('empty.dump.zst')
      expect(sizes).toEqual([undefined, undefined, 70_002, undefined, 0])
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

    test('takes ten writers of one name at once, and one of them wins', async () => {
      const writers = Array.from({ length: 10 }, (_, index) => bench.store.write('raced.dump.zst', bytes(`from ${index}, `, Buffer.alloc(70_000, index))))
      const ends = await Promise.allSettled(writers)
      const winners = ends.flatMap((end, index) => (end.status === 'fulfilled' ? [{ index, ...end.value }] : []))
      expect(winners).toHaveLength(1)
      expect(ends.flatMap((end) => (end.status === 'rejected' ? [(end.reason as { code?: string }).code] : []))).toEqual(Array.from({ length: 9 }, () => 'file-exists'))
      const content = await collected(bench.store.read('raced.dump.zst'))
      expect([content.subarray(0, 6).toString(), content.length, sha256(content)]).toEqual([`from ${winners[0]!.index}`, winners[0]!.bytes, winners[0]!.sha256])
      await bench.store.remove('raced.dump.zst')
    })

    test('writes two backups side by side', async () => {
      const [a, b] = [Buffer.alloc(300_000, 1), Buffer.alloc(200_000, 2)]
      const [first, second] = await Promise.all([bench.store.write('left-hand.dump.zst', bytes(a)), bench.store.write('right-hand.dump.zst', bytes(b))])
      expect([first.sha256, second.sha256]).toEqual([sha256(a), sha256(b)])
      expect([sha256(await collected(bench.store.read('left-hand.dump.zst'))), sha256(await collected(bench.store.read('right-hand.dump.zst')))]).toEqual([sha256(a), sha256(b)])
      await Promise.all([bench.store.remove('left-hand.dump.zst'), bench.store.remove('right-hand.dump.zst')])
    })

    test('never gives damaged bytes for whole ones', async () => {
      const { sha256: written } = await bench.store.write('damaged.dump.zst', bytes(Buffer.alloc(400_000, 5)))
      await bench.damage('damaged.dump.zst')
      const read = await collected(bench.store.read('damaged.dump.zst')).then(sha256, () => 'refused')
      expect(read).not.toBe(written)
      await bench.store.remove('damaged.dump.zst')
    })

    test('a receipt may be written again as it was, never as another', async () => {
      const receipt = receiptFor('once.dump.zst', '2025-01-01T00:00:00.000Z')
      await bench.store.write('once.dump.zst', bytes('once'))
      await bench.store.writeReceipt(receipt)
      await bench.store.writeReceipt(receipt)
      await expect(bench.store.writeReceipt({ ...receipt, bytes: 4 })).rejects.toMatchObject({ code: 'file-exists' })
      expect((await bench.store.receipts()).find(({ object }) => object === 'once.dump.zst')).toEqual(receipt)
    })

    test('leaves no receipt of what is taken away', async () => {
      const before = await bench.kept()
      await bench.store.write('unproven.dump.zst', bytes('unproven'))
      await bench.store.writeReceipt(receiptFor('unproven.dump.zst', '2025-03-01T00:00:00.000Z'))
      await bench.store.remove('unproven.dump.zst')
      expect(await bench.kept()).toEqual(before)
    })

    test('forgets a backup with its receipt and nothing else, as often as it is asked', async () => {
      const before = await bench.kept()
      const receipt = receiptFor('forgotten.dump.zst', '2025-02-01T00:00:00.000Z')
      await bench.store.write('forgotten.dump.zst', bytes('to be forgotten'))
      await bench.store.writeReceipt(receipt)
      await bench.store.forget(receipt)
      await bench.store.forget(receipt)
      expect(await bench.kept()).toEqual(before)
      expect((await bench.store.receipts()).map(({ object }) => object)).not.toContain('forgotten.dump.zst')
    })

    test('is tried out and leaves no trace of that', async () => {
      const before = await bench.kept()
      expect(await bench.store.probe()).toEqual([])
      expect(await bench.kept()).toEqual(before)
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
