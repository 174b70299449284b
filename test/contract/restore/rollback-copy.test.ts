/** A rollback that was told to restore data finds its backup wherever it is, on a real database. */
import { rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { dataPorts } from '../../../actions/rollback/data.js'
import type { DataPorts } from '../../../actions/rollback/afterwards.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { diskStore } from '../../../core/drivers/stores/disk/index.js'
import { RemoteError } from '../../../core/errors/families.js'
import { receiptFile } from '../../../core/domain/receipt-file.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import { withEngines } from '../../support/engines/index.js'
import { restoreLab, type RestoreLab } from '../../support/restore-lab.js'

withEngines(['postgres', 'pg-clients'], 'the data of a rollback', () => {
  let lab: RestoreLab
  beforeAll(async () => {
    lab = await restoreLab()
  })
  afterAll(() => lab.close())

  const never = async (): Promise<never> => { throw new Error('not asked for') }
  const disk = (folder: string) => async (): Promise<BackupStore> => diskStore({ path: folder }, lab.ambient)
  const refused = async (): Promise<never> => { throw new RemoteError('store-refused', { service: 'S3', operation: 'list', message: 'Access denied.' }) }
  const data = (...stores: readonly (() => Promise<BackupStore>)[]): DataPorts =>
    dataPorts({ database: async () => postgresDatabase({ url: lab.url }, lab.ambient), stores, keys: never, cache: never }, { app: 'shop', environment: 'production' }, lab.ambient)
  const spoilt = (): void => void lab.sql('DELETE FROM "Bestellung" WHERE id > 100', lab.name)

  test('from the copy, when only that has the receipt', async () => {
    const { object } = await lab.backUp('of-the-copy')
    for (const name of [object, receiptFile(object)]) rmSync(path.join(lab.folder, name))
    spoilt()
    const ports = data(disk(lab.folder), disk(lab.copy))
    expect([await ports.known('of-the-copy'), (await ports.receipts()).map(({ id }) => id)]).toEqual([true, ['of-the-copy']])
    expect(await data(disk(lab.folder)).known('of-the-copy')).toBe(false)
    expect(lab.rows(await ports.restore('of-the-copy'))).toBe('100')
    expect(lab.rows()).toBe('500')
  })

  test('from the copy, when the first store can not be read, or has it damaged', async () => {
    const receipt = await lab.backUp('in-both')
    spoilt()
    await data(refused, disk(lab.copy)).restore('in-both')
    expect([lab.rows(), lab.said.some((line) => line.includes('could not be read: Access denied.'))]).toEqual(['500', true])
    spoilt()
    lab.spoil(lab.folder, receipt)
    await data(disk(lab.folder), disk(lab.copy)).restore('in-both')
    expect([lab.rows(), lab.said.some((line) => line.includes(`It is taken from ${lab.copy} instead.`))]).toEqual(['500', true])
  })

  test('where no store has it, or none can be read, that is said and nothing changes', async () => {
    spoilt()
    await expect(data(disk(lab.folder), disk(lab.copy)).restore('nowhere')).rejects.toMatchObject({ problems: [{ message: `No backup in ${lab.folder} or ${lab.copy} has the receipt "nowhere".` }] })
    await expect(data(refused, refused).known('in-both')).rejects.toMatchObject({ code: 'store-refused' })
    const damaged = await lab.backUp('damaged-in-both')
    for (const folder of [lab.folder, lab.copy]) lab.spoil(folder, damaged)
    await expect(data(disk(lab.folder), disk(lab.copy)).restore('damaged-in-both')).rejects.toMatchObject({ code: 'backup-corrupt' })
    expect(lab.rows()).toBe('100')
  })
})
