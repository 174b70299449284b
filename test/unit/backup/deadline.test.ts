import os from 'node:os'
import { expect, test } from '@jest/globals'
import { endedBy, stoppedBy, withinTime } from '../../../core/delivery/backup/deadline.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { HttpRequest } from '../../../core/ports/http.js'
import { backupAmbient } from '../../support/backup-ambient.js'

const aborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
const cut = new RemoteError('aborted', { service: 'S3', operation: 'write', message: 'The run was cancelled.' })

test('the end of the time is told from a cancel, by whichever came first', async () => {
  const cancel = new AbortController()
  const [short, long] = [1, 60_000].map((ms) => withinTime(backupAmbient({ work: os.tmpdir(), signal: cancel.signal }), ms).signal) as [AbortSignal, AbortSignal]
  expect(stoppedBy(long)).toBeUndefined()
  await aborted(short)
  cancel.abort(new Error('the run was cancelled (SIGINT)'))
  expect([stoppedBy(short), stoppedBy(long)]).toEqual(['timed-out', 'cancelled'])
  expect(endedBy(cut, short)).toMatchObject({ code: 'program-timeout', message: expect.stringContaining('1 ms'), fix: expect.stringContaining('`within`') })
  expect(endedBy(cut, long)).toBe(cut)
})

test('one that was cancelled before it began stays so', () => {
  expect(stoppedBy(withinTime(backupAmbient({ work: os.tmpdir(), signal: AbortSignal.abort(new Error('cancelled')) }), 60_000).signal)).toBe('cancelled')
})

test('no program starts once the time is over', async () => {
  const { process, signal } = withinTime(backupAmbient({ work: os.tmpdir() }), 1)
  await aborted(signal)
  await expect(process.run({ what: 'do nothing', argv: ['true'], timeoutMs: 1000 })).rejects.toMatchObject({ code: 'program-timeout', message: expect.stringContaining('1 ms, has passed') })
})

test('a request may take no longer than what is left', async () => {
  const asked: number[] = []
  const ambient = backupAmbient({ work: os.tmpdir() })
  const request = (one: HttpRequest): Promise<never> => {
    asked.push(one.timeoutMs)
    return Promise.reject(cut)
  }
  const { http } = withinTime({ ...ambient, clock: { ...ambient.clock, now: () => 0 }, http: { ...ambient.http, request } }, 5000)
  for (const timeoutMs of [60_000, 100]) await http.request({ what: 'ask', method: 'GET', url: 'http://x', timeoutMs }).catch(() => undefined)
  expect(asked).toEqual([5000, 100])
})
