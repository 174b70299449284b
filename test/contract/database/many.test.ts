import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { compareFingerprints } from '../../../core/domain/fingerprint.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { bytes, collected } from '../../support/backup-ambient.js'
import { databaseLab, type DatabaseLab } from '../../support/database-lab.js'
import { withEngines } from '../../support/engines/index.js'

const TABLES = 2000

withEngines(['postgres', 'pg-clients'], 'a PostgreSQL database of very many tables', () => {
  let lab: DatabaseLab
  beforeAll(async () => {
    lab = await databaseLab()
  })
  afterAll(() => lab.close())

  test(`${TABLES} of them come back, and are asked about in few questions`, async () => {
    const url = lab.database('wide')
    lab.sql(`SELECT format('CREATE TABLE "t %s" (id serial PRIMARY KEY, a text, b integer UNIQUE)', n), format('INSERT INTO "t %s" (a) SELECT ''x'' FROM generate_series(1, %s)', n, n % 7) FROM generate_series(1, ${TABLES}) n \\gexec`, 'wide')
    let questions = 0
    const counting: Ambient = { ...lab.ambient, process: { ...lab.ambient.process, converse: (command) => {
      const talk = lab.ambient.process.converse(command)
      return { ...talk, write: (line) => {
        questions += 1
        return talk.write(line)
      } }
    } } }
    const database = postgresDatabase({ url }, counting)
    const dump = await database.dump({ checksums: true })
    const content = await collected(dump.content)
    const { fingerprint } = await dump.taken()
    expect(Object.keys(fingerprint.rows)).toHaveLength(TABLES)
    expect(questions).toBeLessThan(200)
    const scratch = await database.scratch()
    await scratch.restore(bytes(content))
    expect(compareFingerprints(fingerprint, await scratch.fingerprint({ checksums: true }))).toEqual([])
    await dump.close()
    await scratch.drop()
  }, 400_000)
})
