/** The post step: what one part can not do keeps no other from being done. */
import os from 'node:os'
import { expect, test } from '@jest/globals'
import { heal } from '../../../actions/db-backup/healing.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import type { PointInTime } from '../../../core/ports/point-in-time.js'
import { backupAmbient } from '../../support/backup-ambient.js'

const whose = { app: 'shop', environment: 'production' }
const away = (): Promise<never> => Promise.reject(new RemoteError('store-unreachable', { service: 'S3', operation: 'list', message: 'The store did not answer.' }))
const storeOf = (left: string): BackupStore => ({ receipts: async () => [], sweep: async () => [left] }) as unknown as BackupStore

test('a store that fails keeps neither the scratch database nor the second store from being healed, and is told', async () => {
  const said: string[] = []
  const scratch = async (): Promise<{ sweep(named?: string): Promise<readonly string[]> }> => ({ sweep: async (named) => [named!] })
  await heal({ whose, scratch, stores: [away, async () => storeOf('half.dump')] }, { scratch: 'ecluse_scratch_1' }, backupAmbient({ work: os.tmpdir(), said }))
  expect(said).toEqual(['Dropped the scratch database `ecluse_scratch_1`.', expect.stringContaining('Could not remove what has no proof from a store, and the next run tries again: The store did not answer.'), 'Removed `half.dump`, which has no proof.'])
})

test('a database that can not be reached keeps the stores from nothing', async () => {
  const said: string[] = []
  await heal({ whose, scratch: away, stores: [async () => storeOf('half.dump')] }, {}, backupAmbient({ work: os.tmpdir(), said }))
  expect(said).toEqual([expect.stringContaining('Could not drop the scratch database'), 'Removed `half.dump`, which has no proof.'])
})

test.each([['unproven', ['F1']], ['', []]])('the backup that the run left in the archive goes where its state says "%s"', async (archived, expected) => {
  const asked: string[] = []
  const ambient = backupAmbient({ work: os.tmpdir() })
  const mark = JSON.stringify({ ...whose, host: ambient.run.host, pid: 2 ** 22 + 1, started: '1' })
  const archive = { sweep: async () => [], about: async () => ({ place: 'archive' }), backups: async () => [{ label: 'F1', mark }, { label: 'F0' }], expire: async (labels: readonly string[]) => { asked.push(...labels); return labels } } as unknown as PointInTime
  await heal({ whose, archive: async () => archive, stores: [async () => storeOf('half.dump')] }, { archived }, ambient)
  expect(asked).toEqual(expected)
})
