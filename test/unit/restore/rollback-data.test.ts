import { expect, test } from '@jest/globals'
import { dataPorts } from '../../../actions/rollback/data.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import { receiptFor } from '../../contract/store/receipt.js'

test('a rollback knows no backup of another application or environment', async () => {
  const mine = receiptFor('a.dump.zst', '2026-11-01T10:00:00.000Z')
  const others = [{ ...mine, id: 'other-app', app: 'blog' }, { ...mine, id: 'other-place', environment: `${mine.environment}-2` }]
  const store = { place: '/backups', receipts: () => Promise.resolve([mine, ...others]) } as unknown as BackupStore
  const never = (): Promise<never> => Promise.reject(new Error('not to be opened'))
  const data = dataPorts({ database: never, store: () => Promise.resolve(store), keys: never, cache: never }, mine, {} as Ambient)
  expect(await data.receipts()).toEqual([mine])
  expect(await Promise.all([mine, ...others].map(({ id }) => data.known(id)))).toEqual([true, false, false])
  await expect(data.restore('other-place')).rejects.toMatchObject({ problems: [{ message: expect.stringContaining('other-place') }] })
})
