import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ageEncryption } from '../../../core/drivers/encryption/age/index.js'
import { MUCH } from '../../support/backup-lab.js'
import { commandLinesDuring } from '../../support/command-lines.js'
import { withEngines } from '../../support/engines/index.js'
import { startProxy, type S3Proxy } from '../../support/s3/proxy.js'
import { KEY, startS3, type RunningS3 } from '../../support/s3/server.js'
import { shownOf, visible } from '../../support/visible.js'
import { nightLab, type NightLab } from './lab.js'

const CREDENTIALS = { BACKUP_KEY_ID: KEY.accessKeyId, BACKUP_KEY: KEY.secretAccessKey }

withEngines(['postgres', 'pg-clients', 'zstd', 'minio'], 'db-backup into a bucket, as a runner runs it', (pathOf) => {
  let lab: NightLab
  let s3: RunningS3
  let proxy: S3Proxy
  beforeAll(async () => {
    s3 = await startS3('minio', pathOf('minio'))
    proxy = await startProxy(s3.endpoint)
    lab = await nightLab(MUCH)
  })
  afterAll(async () => {
    await lab.close()
    await proxy.stop()
    await s3.stop()
  })
  const into = (bucket: string): string => `      store: { s3: { bucket: ${bucket}, region: us-east-1, endpoint: "${proxy.endpoint}", access-key-id: "\${env:BACKUP_KEY_ID}", secret-access-key: "\${env:BACKUP_KEY}" } }\n      copy-to: { disk: { path: ${bucket} } }\n`

  test('encrypted and copied, and neither the key of the bucket nor that of the backup is anywhere', async () => {
    const bucket = await s3.bucket('good')
    const { recipient } = await ageEncryption().key()
    await lab.configure(`${into(bucket)}      encrypt-to: [${recipient}]\n      max-age: 1h\n`)
    const { result, seen } = await commandLinesDuring(() => lab.run({}, CREDENTIALS))
    expect(result).toMatchObject({ code: 0, outputs: { reason: 'verified' } })
    const object = result.outputs['object']!
    expect((await s3.names(bucket)).filter((name) => name.includes(object)).toSorted()).toEqual([object, `${object}.receipt.json`])
    expect(lab.files(bucket)).toEqual([object, `${object}.receipt.json`])
    expect(await s3.unfinished(bucket)).toEqual([])
    expect(await lab.run({ mode: 'check' }, CREDENTIALS)).toMatchObject({ code: 0, outputs: { reason: 'recent' } })
    expect(shownOf([lab.password, KEY.secretAccessKey], visible(result) + seen)).toEqual([])
    expect((visible(result) + seen).match(/.*AGE-SECRET-KEY.*/g)).toBeNull()
    expect(seen).toContain('pg_dump ')
  }, 300_000)

  test('a bucket that refuses half way has nothing that looks like a backup, and the next run is well', async () => {
    const bucket = await s3.bucket('half')
    await lab.configure(into(bucket))
    proxy.rule(({ method, url }) => (method === 'PUT' && url.includes('partNumber=2') ? { answer: 403, code: 'AccessDenied' } : undefined))
    const refused = await lab.run({}, CREDENTIALS)
    proxy.rule(() => undefined)
    expect(refused).toMatchObject({ code: 1, outputs: { reason: 'store-refused', receipt: '' } })
    expect((await s3.names(bucket)).filter((name) => name.includes('.dump'))).toEqual([])
    expect([await s3.unfinished(bucket), lab.files(bucket).filter((name) => !name.startsWith('.')), lab.scratches()]).toEqual([[], [], []])
    expect(await lab.run({}, CREDENTIALS)).toMatchObject({ code: 0, outputs: { reason: 'verified' } })
  }, 300_000)

  test('a wrong key is told before anything is dumped', async () => {
    const bucket = await s3.bucket('closed')
    await lab.configure(into(bucket))
    const result = await lab.run({}, { ...CREDENTIALS, BACKUP_KEY: 'planted-wrong-6d' })
    expect(result).toMatchObject({ code: 1, outputs: { reason: 'store-refused' } })
    expect(result.stdout).not.toContain('::group::Dump')
    expect(shownOf(['planted-wrong-6d', KEY.secretAccessKey], visible(result))).toEqual([])
  })
})
