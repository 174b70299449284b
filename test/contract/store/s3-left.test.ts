import { CreateMultipartUploadCommand, PutObjectRetentionCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { utimesSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { s3Store } from '../../../core/drivers/stores/s3/index.js'
import { bytes } from '../../support/backup-ambient.js'
import { withEngines } from '../../support/engines/index.js'
import { startProxy, type S3Proxy } from '../../support/s3/proxy.js'
import { s3Options, startS3, type RunningS3, type S3Engine } from '../../support/s3/server.js'
import { deadS3, openedS3 } from './s3-lab.js'
import { deadRun } from './surroundings.js'

const LOCKED_FOR_MS = 600_000
const ENDS_IN_MS = 4000

const engines: readonly S3Engine[] = ['minio', 'versitygw']
for (const name of engines) {
  withEngines([name], `what runs left in a bucket of ${name}`, (pathOf) => {
    let s3: RunningS3
    let proxy: S3Proxy
    beforeAll(async () => {
      s3 = await startS3(name, pathOf(name))
      proxy = await startProxy(s3.endpoint)
    })
    afterAll(async () => {
      await proxy.stop()
      await s3.stop()
    })

    /** As a run does right before it writes the receipt. */
    const lock = async (bucket: string, key: string, forMs = LOCKED_FOR_MS): Promise<void> => {
      await s3.client.send(new PutObjectRetentionCommand({ Bucket: bucket, Key: key, BypassGovernanceRetention: true, Retention: { Mode: 'GOVERNANCE', RetainUntilDate: new Date(Date.now() + forMs) } }))
    }
    /** However long the looks before took: it ends when they are over. */
    const unlocked = async (bucket: string, key: string): Promise<void> => {
      await lock(bucket, key, ENDS_IN_MS)
      await pause(ENDS_IN_MS + 1500)
    }

    test.each(['killed', 'taken back'])('what was locked, never proven and %s is waited for, and goes once the lock has ended', async (how) => {
      const bucket = await s3.bucket(how.replace(' ', '-'), true)
      const [{ store }, writer] = [openedS3(s3.endpoint, bucket), deadS3(s3.endpoint, bucket)]
      await writer.write('a.dump.zst', bytes('never proven'))
      await lock(bucket, 'a.dump.zst')
      if (how === 'taken back') await expect(writer.remove('a.dump.zst')).rejects.toMatchObject({ code: 'backup-locked-away', message: expect.stringMatching(/locked by the store until 20/) })
      expect(await store.sweep()).toEqual([])
      expect(await s3.versions(bucket)).toEqual(['_a.dump.zst.writing.json', 'a.dump.zst'])
      await unlocked(bucket, 'a.dump.zst')
      expect(await store.sweep()).toEqual(['a.dump.zst'])
      expect(await s3.versions(bucket)).toEqual([])
    })

    test('what may come yet is waited for, and not for ever', async () => {
      const bucket = await s3.bucket('late')
      const { store, ambient } = openedS3(s3.endpoint, bucket)
      const note = (until: number): string => JSON.stringify({ run: deadRun(ambient).run, mark: '0a1b', until: Date.now() + until })
      await s3.put(bucket, '_soon.dump.zst.writing.json', note(60_000))
      await s3.put(bucket, '_never.dump.zst.writing.json', note(-60_000))
      expect(await store.sweep()).toEqual([])
      expect(await s3.names(bucket)).toEqual(['_soon.dump.zst.writing.json'])
    })

    test('a note that is written anew while another run clears away is that of whoever wrote it last', async () => {
      const bucket = await s3.bucket('anew')
      const { store, ambient } = openedS3(proxy.endpoint, bucket)
      const [note, living, dead] = ['_a.dump.zst.writing.json', JSON.stringify({ run: ambient.run, mark: '2c3d' }), JSON.stringify({ run: deadRun(ambient).run, mark: '0a1b' })]
      // Right before the first look at what is about to be removed.
      await s3.put(bucket, note, dead)
      const again = (): Promise<void> => s3.put(bucket, note, living).then(() => undefined)
      let put: Promise<void> | undefined
      proxy.rule(({ method, url }) => (method === 'HEAD' && url.includes(note) ? { hold: (put ??= again()) } : undefined))
      expect(await store.sweep()).toEqual([])
      proxy.rule(() => undefined)
      expect([put !== undefined, await s3.names(bucket)]).toEqual([true, [note]])
    })

    test('an upload in parts that tried the store out goes with its note', async () => {
      const bucket = await s3.bucket('tried')
      const { store, ambient } = openedS3(s3.endpoint, bucket)
      const note = '_0a1b.probing.json'
      await s3.put(bucket, note, JSON.stringify({ run: deadRun(ambient).run, mark: '0a1b' }))
      await s3.client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: note }))
      expect(await s3.unfinished(bucket, note)).toEqual([note])
      expect(await store.sweep()).toEqual(['0a1b'])
      expect([await s3.unfinished(bucket, note), await s3.versions(bucket)]).toEqual([[], []])
    })
  })
}

withEngines(['versitygw'], 'a run that takes more than a day, on a bucket', (pathOf) => {
  let s3: RunningS3
  beforeAll(async () => { s3 = await startS3('versitygw', pathOf('versitygw')) })
  afterAll(() => s3.stop())

  test('keeps what it writes while it lives, and only on its own machine can that be seen', async () => {
    const bucket = await s3.bucket('slow')
    const { store, ambient } = openedS3(s3.endpoint, bucket)
    const elsewhere = s3Store(s3Options(s3.endpoint, bucket), { ...ambient, run: { ...ambient.run, host: 'elsewhere' } }, {})
    await store.write('slow.dump.zst', bytes('in work'))
    await elsewhere.write('silent.dump.zst', bytes('in work'))
    expect(await store.sweep()).toEqual([])
    // Its objects are files.
    const before = new Date(Date.now() - 25 * 3_600_000)
    for (const about of ['slow', 'silent']) utimesSync(path.join(s3.folder, 'data', bucket, `_${about}.dump.zst.writing.json`), before, before)
    expect(await store.sweep()).toEqual(['silent.dump.zst'])
    expect(await s3.names(bucket)).toEqual(['_slow.dump.zst.writing.json', 'slow.dump.zst'])
  })

  test('is as young as the note that was read, not as the one that was listed', async () => {
    const bucket = await s3.bucket('read')
    const proxy = await startProxy(s3.endpoint)
    const { ambient } = openedS3(s3.endpoint, bucket)
    const store = s3Store(s3Options(proxy.endpoint, bucket), ambient, {})
    const elsewhere = s3Store(s3Options(s3.endpoint, bucket), { ...ambient, run: { ...ambient.run, host: 'elsewhere' } }, {})
    await elsewhere.write('awake.dump.zst', bytes('in work'))
    const note = path.join(s3.folder, 'data', bucket, '_awake.dump.zst.writing.json')
    utimesSync(note, new Date(Date.now() - 25 * 3_600_000), new Date(Date.now() - 25 * 3_600_000))
    proxy.rule(({ method, url }) => {
      if (method === 'GET' && url.includes('_awake')) utimesSync(note, new Date(), new Date())
      return undefined
    })
    expect(await store.sweep()).toEqual([])
    expect(await s3.names(bucket)).toEqual(['_awake.dump.zst.writing.json', 'awake.dump.zst'])
    await proxy.stop()
  })
})
