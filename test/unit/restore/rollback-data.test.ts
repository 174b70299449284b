import { expect, test } from '@jest/globals'
import { dataPorts } from '../../../actions/rollback/data.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import type { Database } from '../../../core/ports/database.js'
import { receiptFor } from '../../contract/store/receipt.js'

test('a rollback knows no backup of another application or environment', async () => {
  const mine = receiptFor('a.dump.zst', '2026-11-01T10:00:00.000Z')
  const others = [{ ...mine, id: 'other-app', app: 'blog' }, { ...mine, id: 'other-place', environment: `${mine.environment}-2` }]
  const store = { place: '/backups', receipts: () => Promise.resolve([mine, ...others]) } as unknown as BackupStore
  const never = (): Promise<never> => Promise.reject(new Error('not to be opened'))
  const data = dataPorts({ database: never, stores: [() => Promise.resolve(store)], keys: never, cache: never }, mine, {} as Ambient)
  expect(await data.receipts()).toEqual([mine])
  expect(await Promise.all([mine, ...others].map(({ id }) => data.known(id)))).toEqual([true, false, false])
  await expect(data.restore('other-place')).rejects.toMatchObject({ problems: [{ message: expect.stringContaining('other-place') }] })
})

test('a database that can not be looked at is said, and is no reason to stop', async () => {
  const said: string[] = []
  const ambient = { signal: new AbortController().signal, log: { warn: (text: string) => said.push(text) } } as unknown as Ambient
  const never = (): Promise<never> => Promise.reject(new Error('not to be opened'))
  const open = { stores: [never], keys: never, cache: never }
  const mine = receiptFor('a.dump.zst', '2026-11-01T10:00:00.000Z')
  expect(await dataPorts({ ...open, database: never }, mine, ambient).database()).toBeUndefined()
  expect(said).toEqual([expect.stringContaining('could not be looked at')])
  const shop = { about: async () => ({ name: 'shop' }) } as unknown as Database
  expect(await dataPorts({ ...open, database: async () => shop }, mine, ambient).database()).toBe('shop')
})
