import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { receiptText } from '../../../core/domain/receipt-file.js'
import { withEngines } from '../../support/engines/index.js'
import { startProxy } from '../../support/s3/proxy.js'
import { startS3, type RunningS3 } from '../../support/s3/server.js'
import { childProgram, openedS3 } from './s3-lab.js'
import { receiptFor } from './receipt.js'

const RECEIPTS = 1100
const OTHERS = 8900

withEngines(['versitygw'], 'a bucket of many objects', (pathOf) => {
  let s3: RunningS3 | undefined
  beforeAll(async () => { s3 = await startS3('versitygw', pathOf('versitygw')) })
  afterAll(async () => s3?.stop())

  test('of 10 000 objects, every receipt is found in a few lists, newest first', async () => {
    const bucket = await s3!.bucket('many')
    const dayOf = (index: number): string => new Date(Date.UTC(2020, 0, 1) + index * 86_400_000).toISOString()
    const objects = [
      ...Array.from({ length: RECEIPTS }, (_, index) => ({ key: `shop/backup-${index}.dump.zst.receipt.json`, body: receiptText(receiptFor(`backup-${index}.dump.zst`, dayOf(index))) })),
      ...Array.from({ length: OTHERS }, (_, index) => ({ key: index % 2 === 0 ? `shop/logs/${index}` : `shop/other-${index}`, body: 'x' })),
    ]
    // Its objects are files: so many requests would take a minute.
    const home = path.join(s3!.folder, 'data', bucket)
    mkdirSync(path.join(home, 'shop', 'logs'), { recursive: true })
    for (const { key, body } of objects) writeFileSync(path.join(home, key), body)
    const proxy = await startProxy(s3!.endpoint)
    const { store } = openedS3(proxy.endpoint, bucket, { prefix: 'shop' })
    const receipts = await store.receipts()
    expect([receipts.length, receipts[0]?.object, receipts.at(-1)?.object]).toEqual([RECEIPTS, `backup-${RECEIPTS - 1}.dump.zst`, 'backup-0.dump.zst'])
    expect(await store.sweep()).toEqual([])
    await proxy.stop()
    // What lies deeper is not even listed.
    expect(proxy.seen.filter((line) => /list-type=2.*prefix=shop%2F(&|$)/.test(line)).length).toBe(Math.ceil((RECEIPTS + OTHERS / 2) / 1000))
  }, 600_000)

})

withEngines(['minio'], 'a backup that is large', (pathOf) => {
  let s3: RunningS3 | undefined
  beforeAll(async () => { s3 = await startS3('minio', pathOf('minio')) })
  afterAll(async () => s3?.stop())

  test('is written with memory that stays flat', async () => {
    const { script, folder } = await childProgram()
    const peakOf = async (megabytes: number): Promise<number> => {
      const child = spawn(process.execPath, [script, s3!.endpoint, await s3!.bucket(`memory-${megabytes}`), String(megabytes)], { stdio: ['ignore', 'pipe', 'inherit'] })
      let said = ''
      child.stdout.on('data', (chunk) => { said += String(chunk) })
      const [code] = await once(child, 'close') as [number | null]
      expect(code).toBe(0)
      return Number(said) / 1024
    }
    const [small, large] = [await peakOf(100), await peakOf(600)]
    await rm(folder, { recursive: true })
    expect(large).toBeLessThan(150)
    expect(large - small).toBeLessThan(30)
  }, 600_000)
})
