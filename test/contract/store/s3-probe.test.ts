import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { s3Store } from '../../../core/drivers/stores/s3/index.js'
import { withEngines } from '../../support/engines/index.js'
import { startProxy, type S3Proxy, type Spoiling } from '../../support/s3/proxy.js'
import { s3Options, startS3, type RunningS3, type S3Engine } from '../../support/s3/server.js'
import { deadS3, openedS3 } from './s3-lab.js'

const engines: readonly S3Engine[] = ['minio', 'versitygw']
for (const name of engines) {
  withEngines([name], `${name}, tried out`, (pathOf) => {
    let [s3, proxy]: [RunningS3 | undefined, S3Proxy | undefined] = [undefined, undefined]
    beforeAll(async () => {
      s3 = await startS3(name, pathOf(name))
      proxy = await startProxy(s3.endpoint)
    })
    afterAll(async () => {
      await proxy?.stop()
      await s3?.stop()
    })

    test.each<readonly [string, boolean, Partial<Parameters<typeof openedS3>[2]>]>([
      ['a plain bucket', false, {}],
      ['a folder', false, { prefix: 'shop/production' }],
      ['a bucket that locks, for some', true, { lock: { mode: 'governance', forMs: 60_000 } }],
      ['a bucket that locks, for all', true, { lock: { mode: 'compliance', forMs: 60_000 } }],
    ])('%s is found good and left as it was', async (title, lock, more) => {
      const bucket = await s3!.bucket(title.replaceAll(/\W+/g, '-'), lock)
      expect(await openedS3(s3!.endpoint, bucket, more, { patient: true }).store.probe()).toEqual([])
      expect([await s3!.versions(bucket), await s3!.unfinished(bucket)]).toEqual([[], []])
    })

    test('a bucket that was made without lock is refused where locks are asked for', async () => {
      const bucket = await s3!.bucket('no-lock')
      await expect(openedS3(s3!.endpoint, bucket, { lock: { mode: 'compliance', forMs: 60_000 } }).store.probe()).rejects.toMatchObject({ code: 'store-unsafe' })
      expect(await s3!.names(bucket)).toEqual([])
    })

    test.each<readonly [string, string, RegExp, string]>([
      ['that overwrites', 'PUT', /^if-none-match$/, 'let an object be overwritten, although'],
      ['that overwrites with what came in parts', 'POST', /^if-none-match$/, 'be overwritten by one in parts'],
      ['that looks at no checksum', 'PUT', /^x-amz-(checksum-|sdk-checksum)/, 'took an object whose checksum is wrong'],
      ['that locks nothing', 'PUT', /^x-amz-object-lock-/, 'it let an object go that was locked'],
    ])('a store %s and says that it did not is found', async (title, method, header, observed) => {
      const bucket = await s3!.bucket(title.replaceAll(/\W+/g, '-'), true)
      const spoiling: Spoiling = { without: header }
      proxy!.rule((asked) => (asked.method === method ? spoiling : undefined))
      await expect(openedS3(proxy!.endpoint, bucket, { lock: { mode: 'governance', forMs: 60_000 } }).store.probe()).rejects.toMatchObject({
        code: 'store-unsafe', message: expect.stringContaining(observed),
      })
      expect([await s3!.names(bucket), await s3!.unfinished(bucket)]).toEqual([[], []])
    })

    test('the way back has its whole time, however long the trial took', async () => {
      const bucket = await s3!.bucket('slow', true)
      const { ambient } = openedS3(s3!.endpoint, bucket, {}, { patient: true })
      const lock = { mode: 'governance', forMs: 60_000 } as const
      // The trial of a lock alone takes longer.
      const store = s3Store(s3Options(s3!.endpoint, bucket, { lock }), { ...ambient, shielded: () => ambient.shielded(3000) }, {})
      expect(await store.probe()).toEqual([])
      expect([await s3!.versions(bucket), await s3!.unfinished(bucket)]).toEqual([[], []])
    })

    test.each<readonly [string, RegExp | undefined]>([['good', undefined], ['unsafe', /^if-none-match$/]])('what can not be taken away is told, and the store is still found %s', async (found, header) => {
      const bucket = await s3!.bucket(`keeps-${found}`)
      proxy!.rule(({ method }) => {
        if (method === 'DELETE') return { answer: 403, code: 'AccessDenied' }
        return method === 'PUT' && header !== undefined ? { without: header } : undefined
      })
      const { store, said } = openedS3(proxy!.endpoint, bucket)
      if (header === undefined) expect(await store.probe()).toEqual([])
      else await expect(store.probe()).rejects.toMatchObject({ code: 'store-unsafe' })
      expect(said).toEqual([expect.stringMatching(/What tried `s3:.*` out is left to the next run: .*AccessDenied/)])
      expect(await deadS3(s3!.endpoint, bucket).sweep()).toEqual([])
      expect(await s3!.names(bucket)).toHaveLength(1)
    })

    test('a trial that was cancelled while its lock held leaves what the next run finds', async () => {
      const bucket = await s3!.bucket('cancelled', true)
      const cancel = new AbortController()
      const { store } = openedS3(proxy!.endpoint, bucket, { lock: { mode: 'governance', forMs: 60_000 } }, { patient: true, signal: cancel.signal })
      proxy!.rule(({ method, url }) => {
        if (method === 'DELETE' && url.includes('-locked')) cancel.abort()
        return undefined
      })
      await expect(store.probe()).rejects.toBeDefined()
      expect(await s3!.versions(bucket)).toEqual([expect.stringMatching(/^_[0-9a-f]+-locked\.probing\.json$/)])
    })

    test('a store that knows no conditions is found', async () => {
      const bucket = await s3!.bucket('no-conditions')
      proxy!.rule(({ headers }) => (headers['if-none-match'] === undefined ? undefined : { answer: 501, code: 'NotImplemented' }))
      await expect(openedS3(proxy!.endpoint, bucket).store.probe()).rejects.toMatchObject({ code: 'store-unsafe', message: expect.stringContaining('does not know `If-None-Match`') })
    })
  })
}
