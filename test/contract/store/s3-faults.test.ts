import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { s3Store } from '../../../core/drivers/stores/s3/index.js'
import { bytes, collected } from '../../support/backup-ambient.js'
import { withEngines } from '../../support/engines/index.js'
import { startProxy, type Asked, type S3Proxy, type Spoiling } from '../../support/s3/proxy.js'
import { KEY, s3Options, startS3, type RunningS3 } from '../../support/s3/server.js'
import { receiptFor } from './receipt.js'
import { deadRun } from './surroundings.js'
import { MIB, openedS3, SMALL_PARTS } from './s3-lab.js'

const content = Buffer.concat(Array.from({ length: 13 }, (_, index) => Buffer.alloc(MIB, index + 1)))
const isPart = (number: number) => ({ method, url }: Asked): boolean => method === 'PUT' && url.includes(`partNumber=${number}`)
const isComplete = ({ method, url }: Asked): boolean => method === 'POST' && url.includes('uploadId=')
const isBegin = ({ method, url }: Asked): boolean => method === 'POST' && /[?&]uploads/.test(url)
const isRead = ({ method, url }: Asked): boolean => method === 'GET' && url.includes('a.dump.zst')

withEngines(['minio'], 'a bucket whose connection is spoilt', (pathOf) => {
  let [s3, proxy, turn]: [RunningS3 | undefined, S3Proxy | undefined, number] = [undefined, undefined, 0]
  beforeAll(async () => {
    s3 = await startS3('minio', pathOf('minio'))
    proxy = await startProxy(s3.endpoint)
  })
  afterAll(async () => {
    await proxy?.stop()
    await s3?.stop()
  })
  /** A bucket of its own for each test, reached through the proxy, which spoils so many of the requests that are meant. */
  const spoilt = async (meant: (asked: Asked) => boolean, spoiling: Spoiling, times = Infinity, signal?: AbortSignal): Promise<ReturnType<typeof openedS3> & { bucket: string; count: () => number }> => {
    const bucket = await s3!.bucket(`spoilt-${turn += 1}`)
    let count = 0
    proxy!.rule((asked) => (meant(asked) && (count += 1) <= times ? spoiling : undefined))
    return { ...openedS3(proxy!.endpoint, bucket, {}, signal === undefined ? {} : { signal }), bucket, count: () => count }
  }
  const left = async (bucket: string): Promise<readonly (readonly string[])[]> => [await s3!.names(bucket), await s3!.unfinished(bucket)]

  test.each<readonly [string, (asked: Asked) => boolean, Spoiling]>([
    ['a connection that breaks in the middle of a part', isPart(2), { cutRequest: MIB }],
    ['a part whose answer is lost', isPart(1), { cutAnswer: 0 }],
    ['a store that is busy', isPart(3), { answer: 503, code: 'SlowDown' }],
    ['an end whose answer is lost', isComplete, { cutAnswer: 0 }],
    ['a note whose answer is lost', ({ method, url }) => method === 'PUT' && url.includes('writing.json'), { cutAnswer: 0 }],
  ])('%s is sent again, and the backup is whole', async (_, meant, spoiling) => {
    const { store, bucket, count } = await spoilt(meant, spoiling, 1)
    expect(await store.write('a.dump.zst', bytes(content))).toMatchObject({ bytes: content.length })
    expect(count()).toBe(2)
    expect((await collected(store.read('a.dump.zst'))).equals(content)).toBe(true)
    await store.remove('a.dump.zst')
    expect(await left(bucket)).toEqual([[], []])
  })

  test('a small backup whose answer is lost is known as ours', async () => {
    const { store, bucket } = await spoilt(({ method, url }) => method === 'PUT' && url.includes('/a.dump.zst'), { cutAnswer: 0 }, 1)
    expect(await store.write('a.dump.zst', bytes('small'))).toMatchObject({ bytes: 5 })
    expect(await s3!.text(bucket, 'a.dump.zst')).toBe('small')
  })

  test.each<readonly [string, Spoiling, string]>([
    ['breaks again and again', { cutRequest: 1 }, 'store-unreachable'],
    ['fails again and again', { answer: 500, code: 'InternalError' }, 'store-unreachable'],
    ['may not go on', { answer: 403, code: 'AccessDenied' }, 'store-refused'],
    ['finds no room', { answer: 507, code: 'XMinioStorageFull' }, 'disk-full'],
    ['is over its quota', { answer: 400, code: 'QuotaExceeded' }, 'disk-full'],
  ])('a write that %s half way leaves nothing', async (_, spoiling, code) => {
    const { store, bucket } = await spoilt(isPart(2), spoiling)
    await expect(store.write('a.dump.zst', bytes(content))).rejects.toMatchObject({ code, message: expect.stringContaining('part 2 of `s3://') })
    expect(await left(bucket)).toEqual([[], []])
  })

  test('a store that fails for good ends a write whose stream is silent', async () => {
    const { store, bucket } = await spoilt(isPart(1), { answer: 403, code: 'AccessDenied' })
    let wake = (): void => undefined
    const silent = async function* (): AsyncGenerator<Uint8Array> {
      yield content
      await new Promise<void>((resolve) => { wake = resolve })
    }
    await expect(store.write('a.dump.zst', silent())).rejects.toMatchObject({ code: 'store-refused' })
    wake()
    expect(await left(bucket)).toEqual([[], []])
  })

  test('a cancel in the middle leaves nothing', async () => {
    const cancel = new AbortController()
    const { store, bucket } = await spoilt(() => false, { cutAnswer: 0 }, 0, cancel.signal)
    const cancelled = async function* (): AsyncGenerator<Uint8Array> {
      yield content
      cancel.abort()
      yield content
    }
    await expect(store.write('a.dump.zst', cancelled())).rejects.toMatchObject({ code: 'aborted' })
    await store.remove('a.dump.zst')
    expect(await left(bucket)).toEqual([[], []])
  })

  test('an end that was asked for before a cancel may come after it: its note stays, also when a run looks before it came, and the next run finds it', async () => {
    const cancel = new AbortController()
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => { release = resolve })
    const { ambient, bucket, said } = await spoilt(() => false, { cutAnswer: 0 }, 0, cancel.signal)
    proxy!.rule((asked) => {
      // A store that is at it puts it together although it was told to stop.
      if (asked.method === 'DELETE' && asked.url.includes('uploadId=')) return { answer: 204, code: '' }
      if (!isComplete(asked)) return undefined
      return { hold: held, heard: () => cancel.abort() }
    })
    const writer = s3Store(s3Options(proxy!.endpoint, bucket), deadRun(ambient), {}, SMALL_PARTS)
    await expect(writer.write('a.dump.zst', bytes(content))).rejects.toMatchObject({ code: 'aborted' })
    expect(await s3!.names(bucket)).toEqual(['_a.dump.zst.writing.json'])
    expect(said).toContainEqual(expect.stringContaining('What was written of `a.dump.zst` is left to the next run'))
    await openedS3(proxy!.endpoint, bucket).store.sweep()
    expect(await s3!.names(bucket)).toEqual(['_a.dump.zst.writing.json'])
    release()
    await proxy!.settled()
    expect(await s3!.names(bucket)).toEqual(['_a.dump.zst.writing.json', 'a.dump.zst'])
    expect(await openedS3(s3!.endpoint, bucket).store.sweep()).toEqual(['a.dump.zst'])
    expect(await left(bucket)).toEqual([[], []])
  })

  test('an end that the store refuses leaves nothing to wait for', async () => {
    const { store, bucket } = await spoilt(isComplete, { answer: 403, code: 'AccessDenied' })
    await expect(store.write('a.dump.zst', bytes(content))).rejects.toMatchObject({ code: 'store-refused' })
    expect(await left(bucket)).toEqual([[], []])
  })

  test('an upload whose beginning was asked for twice leaves no second one', async () => {
    const { store, bucket, count } = await spoilt(isBegin, { cutAnswer: 0 }, 1)
    await store.write('a.dump.zst', bytes(content))
    expect([count(), await s3!.unfinished(bucket, 'a.dump.zst')]).toEqual([2, []])
    expect((await collected(store.read('a.dump.zst'))).equals(content)).toBe(true)
  })

  test('a backup that needs more parts than a store takes is refused, and leaves nothing', async () => {
    const { ambient, bucket } = await spoilt(() => false, { cutAnswer: 0 })
    const store = s3Store(s3Options(s3!.endpoint, bucket), ambient, {}, { sizes: [{ bytes: 5 * MIB, parts: 2 }], memory: 15 * MIB, atOnce: 3 })
    expect(await store.write('fits.dump.zst', bytes(content.subarray(0, 10 * MIB)))).toMatchObject({ bytes: 10 * MIB })
    await expect(store.write('a.dump.zst', bytes(content))).rejects.toMatchObject({ code: 'store-refused', fix: expect.stringContaining('pgbackrest') })
    expect(await left(bucket)).toEqual([['_fits.dump.zst.writing.json', 'fits.dump.zst'], []])
  })

  test('a receipt whose answer was lost for good goes with the backup that is taken back', async () => {
    const { store, bucket } = await spoilt(({ method, url }) => method !== 'DELETE' && url.includes('.receipt.json'), { cutAnswer: 0 }, 7)
    await store.write('a.dump.zst', bytes('small'))
    await expect(store.writeReceipt(receiptFor('a.dump.zst', '2026-01-01T00:00:00.000Z'))).rejects.toMatchObject({ code: 'store-unreachable' })
    expect(await s3!.names(bucket)).toContain('a.dump.zst.receipt.json')
    await store.remove('a.dump.zst')
    expect(await left(bucket)).toEqual([[], []])
  })

  test('a read that breaks goes on where it was', async () => {
    const { store, count } = await spoilt(isRead, { cutAnswer: 4 * MIB + 11 }, 3)
    await store.write('a.dump.zst', bytes(content))
    expect((await collected(store.read('a.dump.zst'))).equals(content)).toBe(true)
    expect(count()).toBe(4)
  })

  test('a read that breaks without a byte, again and again, ends', async () => {
    const { store } = await spoilt(isRead, { cutAnswer: 0 })
    await store.write('a.dump.zst', bytes(content))
    await expect(collected(store.read('a.dump.zst'))).rejects.toMatchObject({ code: 'store-unreachable' })
  })

  test('a read never goes on with other bytes', async () => {
    const { store, bucket } = await spoilt(isRead, { cutAnswer: 3 * MIB }, 1)
    await store.write('a.dump.zst', bytes(content))
    const read = async (): Promise<void> => {
      let exchanged = false
      for await (const chunk of store.read('a.dump.zst')) {
        if (!exchanged && chunk.length > 0) await s3!.put(bucket, 'a.dump.zst', 'x'.repeat(content.length))
        exchanged = true
      }
    }
    await expect(read()).rejects.toMatchObject({ code: 'file-missing', message: expect.stringContaining('another object') })
  })

  test('a clock that is far off is told, not worked around', async () => {
    const { ambient, bucket } = await spoilt(() => false, { cutAnswer: 0 })
    const late = { ...ambient, clock: { ...ambient.clock, now: () => Date.now() - 30 * 60_000 } }
    const store = s3Store(s3Options(s3!.endpoint, bucket), late, {}, SMALL_PARTS)
    await expect(store.write('a.dump.zst', bytes('x'))).rejects.toMatchObject({ code: 'clock-skewed' })
    const slightly = { ...late, clock: { ...ambient.clock, now: () => Date.now() - 5 * 60_000 } }
    expect(await s3Store(s3Options(s3!.endpoint, bucket), slightly, {}, SMALL_PARTS).probe()).toEqual([expect.stringMatching(/^The clock of this machine is (29\d|30\d) s behind/)])
  })

  test('no error and no line has the key in it', async () => {
    const { store, said } = await spoilt(isPart(2), { answer: 403, code: 'SignatureDoesNotMatch' })
    const fault: unknown = await store.write('a.dump.zst', bytes(content)).catch((thrown: unknown) => thrown)
    const causes = ((): string[] => {
      const found: string[] = []
      for (let at: unknown = fault; at instanceof Error; at = at.cause) found.push(String(at), at.stack ?? '', JSON.stringify(at))
      return found
    })()
    expect(causes.join()).toContain('SignatureDoesNotMatch')
    expect([...causes, ...said].join()).not.toContain(KEY.secretAccessKey)
  })
})
