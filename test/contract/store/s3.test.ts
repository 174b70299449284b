import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { s3Store } from '../../../core/drivers/stores/s3/index.js'
import { InputError } from '../../../core/errors/families.js'
import { backupAmbient, bytes, collected } from '../../support/backup-ambient.js'
import { withEngines } from '../../support/engines/index.js'
import { KEY, startS3, type RunningS3, type S3Engine } from '../../support/s3/server.js'
import { benchOn, MIB, openedS3 } from './s3-lab.js'
import { receiptFor } from './receipt.js'
import { storeContract } from './suite.js'

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** Other bytes in every part, so that two that were exchanged are found. */
function* pattern(size: number, chunk = 300_000): Generator<Uint8Array> {
  for (let at = 0; at < size; at += chunk) yield Buffer.alloc(Math.min(chunk, size - at), at % 251)
}

const engines: readonly S3Engine[] = ['minio', 'versitygw']
for (const name of engines) {
  withEngines([name], `a bucket of ${name}`, (pathOf) => {
    storeContract('as a store', async () => benchOn(await startS3(name, pathOf(name)), name))

    let s3: RunningS3
    beforeAll(async () => { s3 = await startS3(name, pathOf(name)) })
    afterAll(() => s3.stop())

    test.each([[0], [1], [5 * MIB], [5 * MIB + 1], [10 * MIB], [23 * MIB + 77]])('%d bytes arrive as they are, whole parts or not', async (size) => {
      const bucket = await s3.bucket(`size-${size}`)
      const { store } = openedS3(s3.endpoint, bucket)
      const all = Buffer.concat([...pattern(size)])
      expect(await store.write('a.dump.zst', bytes(...pattern(size)))).toEqual({ bytes: size, sha256: sha256(all) })
      expect(sha256(await collected(store.read('a.dump.zst')))).toBe(sha256(all))
      expect(await s3.unfinished(bucket)).toEqual([])
    })

    test('a large backup never takes the place of another', async () => {
      const bucket = await s3.bucket('large')
      const { store } = openedS3(s3.endpoint, bucket)
      // The other one arrives while this one is under way.
      const late = async function* (): AsyncGenerator<Uint8Array> {
        yield* pattern(11 * MIB)
        await s3.put(bucket, 'a.dump.zst', 'of another')
      }
      await expect(store.write('a.dump.zst', late())).rejects.toMatchObject({ code: 'file-exists' })
      expect([await s3.text(bucket, 'a.dump.zst'), await s3.unfinished(bucket), await s3.names(bucket)]).toEqual(['of another', [], ['a.dump.zst']])
    })

    test('a lock holds the backup with its receipt, and nothing that is unproven', async () => {
      const bucket = await s3.bucket('locked', true)
      const { store } = openedS3(s3.endpoint, bucket, { lock: { mode: 'governance', forMs: 3_600_000 } })
      const [good, bad] = [receiptFor('good.dump.zst', '2026-01-01T00:00:00.000Z'), 'bad.dump.zst']
      for (const object of [good.object, bad]) await store.write(object, bytes(...pattern(6 * MIB)))
      await store.remove(bad)
      await store.writeReceipt(good)
      await expect(store.forget(good)).rejects.toMatchObject({ code: 'backup-locked-away', message: expect.stringMatching(/good\.dump\.zst` is locked by the store until 20/) })
      expect([await s3.versions(bucket), await store.receipts()]).toEqual([['good.dump.zst', 'good.dump.zst.receipt.json'], [good]])
      // What pgBackRest keeps is elsewhere: its receipt alone is locked.
      const archive = { ...receiptFor('20260102-000000F', '2026-01-02T00:00:00.000Z'), kind: 'archive' as const }
      await store.writeReceipt(archive)
      await expect(store.forget(archive)).rejects.toMatchObject({ code: 'backup-locked-away' })
      expect(await store.receipts()).toEqual([archive, good])
    })

    test('receipts of this folder alone count: not of one that begins alike, of one below, or of what is hidden', async () => {
      const bucket = await s3.bucket('folders')
      const { store } = openedS3(s3.endpoint, bucket, { prefix: 'shop' })
      const text = JSON.stringify(receiptFor('b.dump.zst', '2026-01-01T00:00:00.000Z'))
      for (const key of ['shop-2/b.dump.zst.receipt.json', 'shop/below/b.dump.zst.receipt.json', 'shop/.b.dump.zst.receipt.json', 'b.dump.zst.receipt.json']) await s3.put(bucket, key, text)
      expect(await store.receipts()).toEqual([])
      await s3.put(bucket, 'shop/c.dump.zst.receipt.json', text)
      await expect(store.receipts()).rejects.toMatchObject({ code: 'receipt-corrupt', message: expect.stringContaining('s3://folders/shop/c.dump.zst.receipt.json') })
    })

    test('a wrong key and a bucket that is not there are told apart, without the key', async () => {
      const wrong = openedS3(s3.endpoint, await s3.bucket('strange'), { credentials: { ...KEY, secretAccessKey: 'planted-wrong-5e1c' } }).store
      const faults = await Promise.all([wrong.receipts(), wrong.probe(), openedS3(s3.endpoint, 'no-such-bucket').store.receipts()].map((work) => work.then(() => undefined, (thrown: unknown) => thrown)))
      expect(faults).toMatchObject([{ code: 'store-refused', status: 403 }, { code: 'store-refused', status: 403 }, { code: 'store-refused', status: 404, fix: expect.stringContaining('Make the bucket') }])
      expect(JSON.stringify(faults.map((fault) => [String(fault), fault, (fault as Error).stack]))).not.toMatch(/planted/)
    })
  })
}

test('everything that is missing is said at once, and variables fill what the configuration leaves out', () => {
  const open = (env: Readonly<Record<string, string>>): void => void s3Store({ name: 's3', bucket: 'b-1', prefix: '', pathStyle: false }, backupAmbient({ work: '/' }), env)
  const missing = ((): unknown => {
    try {
      open({ AWS_SESSION_TOKEN: 'x' })
      return undefined
    } catch (thrown) {
      return thrown
    }
  })()
  expect(missing).toBeInstanceOf(InputError)
  expect((missing as InputError).problems.map(({ message }) => /`(AWS_\w+)`/.exec(message)?.[1])).toEqual(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'])
  expect(() => open({ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_DEFAULT_REGION: 'eu-west-3' })).not.toThrow()
})
