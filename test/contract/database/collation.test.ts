import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { databaseLab, type DatabaseLab } from '../../support/database-lab.js'
import { withEngines } from '../../support/engines/index.js'

withEngines(['postgres', 'pg-clients'], 'how text sorts in a copy', () => {
  let lab: DatabaseLab
  beforeAll(async () => {
    lab = await databaseLab()
  })
  afterAll(() => lab.close())

  test('is that of the database, whatever `template0` is like', async () => {
    const database = postgresDatabase({ url: lab.database('plain') }, lab.ambient)
    lab.sql(`UPDATE pg_database SET datlocprovider = 'i', daticulocale = 'en' WHERE datname = 'template0'`)
    const scratch = await database.scratch()
    expect(lab.sql(`SELECT datlocprovider FROM pg_database WHERE datname = '${scratch.name}'`)).toBe('c')
    await scratch.drop()
    lab.sql(`UPDATE pg_database SET datlocprovider = 'c', daticulocale = NULL WHERE datname = 'template0'`)
  })

  test('is looked at before it takes the place of the database', async () => {
    const database = postgresDatabase({ url: lab.database('sorted') }, lab.ambient)
    const scratch = await database.scratch()
    lab.sql(`UPDATE pg_database SET datctype = 'POSIX' WHERE datname = '${scratch.name}'`)
    const { ctype } = await database.traits()
    await expect(database.replaceWith(scratch)).rejects.toMatchObject({ code: 'database-refused', message: expect.stringContaining(`it has ctype "POSIX" instead of "${ctype}"`) })
    expect(lab.databases()).toContain('sorted')
    await scratch.drop()
  })
})
