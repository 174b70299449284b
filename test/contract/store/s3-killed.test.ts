import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { collected } from '../../support/backup-ambient.js'
import { withEngines } from '../../support/engines/index.js'
import { startProxy, type S3Proxy, type Spoiling } from '../../support/s3/proxy.js'
import { startS3, type RunningS3 } from '../../support/s3/server.js'
import { childProgram, LIFE, MIB, openedS3 } from './s3-lab.js'

withEngines(['minio'], 'a run that is killed at work on a bucket', (pathOf) => {
  let [s3, proxy, program]: [RunningS3 | undefined, S3Proxy | undefined, { script: string; folder: string } | undefined] = [undefined, undefined, undefined]
  beforeAll(async () => {
    program = await childProgram()
    s3 = await startS3('minio', pathOf('minio'))
    proxy = await startProxy(s3.endpoint)
  })
  afterAll(async () => {
    await proxy?.stop()
    await s3?.stop()
    if (program !== undefined) await rm(program.folder, { recursive: true })
  })

  /** Whether it was killed at the n-th request that changes something, or came to its end before. */
  const killedAt = async (bucket: string, turn: number, spoiling: Spoiling): Promise<boolean> => {
    let changes = 0
    const child = spawn(process.execPath, [program!.script, proxy!.endpoint, bucket], { stdio: 'ignore' })
    proxy!.rule(({ method }) => {
      if (method === 'GET' || method === 'HEAD' || (changes += 1) < turn) return undefined
      child.kill('SIGKILL')
      return spoiling
    })
    const [, signal] = await once(child, 'exit') as [number | null, string | null]
    proxy!.rule(() => undefined)
    await proxy!.settled()
    return signal === 'SIGKILL'
  }

  test.each<readonly [string, Spoiling]>([
    ['before', { answer: 503, code: 'SlowDown' }],
    ['right after', { cutAnswer: 0 }],
  ])('%s any change leaves what the next run clears away, or a backup that is whole', async (when, spoiling) => {
    let turn = 1
    for (; ; turn += 1) {
      const bucket = await s3!.bucket(`killed-${when.replace(' ', '-')}-${turn}`)
      const killed = await killedAt(bucket, turn, spoiling)
      const { store } = openedS3(s3!.endpoint, bucket)
      const seen = await store.receipts()
      // What is listed before anybody swept is whole already.
      for (const { object } of seen) expect([turn, (await collected(store.read(object))).length]).toEqual([turn, 6 * MIB])
      await store.sweep()
      const whole = [LIFE.object, `${LIFE.object}.receipt.json`]
      expect([turn, await s3!.names(bucket), await s3!.unfinished(bucket)]).toEqual([turn, seen.length === 0 ? [] : whole, []])
      expect([turn, await store.sweep()]).toEqual([turn, []])
      if (!killed) break
    }
    expect(turn).toBeGreaterThan(10)
  }, 600_000)
})
