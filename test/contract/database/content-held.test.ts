import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { compareFingerprints } from '../../../core/domain/fingerprint.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { bytes, collected } from '../../support/backup-ambient.js'
import { databaseLab, type DatabaseLab } from '../../support/database-lab.js'
import { withEngines } from '../../support/engines/index.js'

withEngines(['postgres', 'pg-clients'], 'tables while they are counted', () => {
  let lab: DatabaseLab
  beforeAll(async () => {
    lab = await databaseLab()
  })
  afterAll(() => lab.close())

  const emptied = (name: string, within = '300ms'): string => {
    try {
      lab.sql(`SET lock_timeout = '${within}'; TRUNCATE t; DROP TABLE u`, name)
      return 'emptied'
    } catch (fault) {
      return String(fault)
    }
  }

  test('can neither be emptied nor dropped where counting outlasts the dump, and both when that has ended', async () => {
    const url = lab.database('counted')
    lab.sql('CREATE TABLE t AS SELECT n FROM generate_series(1, 1000) n; CREATE TABLE u (a int)', 'counted')
    // The count of rows waits until the dump's program is gone.
    const tries: string[] = []
    let counting = (): void => undefined
    const gone = new Promise<void>((resolve) => { counting = resolve })
    const slow: Ambient = { ...lab.ambient, process: {
      ...lab.ambient.process,
      stream: (command) => {
        const running = lab.ambient.process.stream(command)
        if (!command.argv[0].endsWith('pg_dump')) return running
        return { ...running, done: running.done.then((ended) => {
          tries.push(emptied('counted'))
          counting()
          return ended
        }) }
      },
      converse: (command) => {
        const talk = lab.ambient.process.converse(command)
        return { ...talk, write: async (line) => {
          if (line.includes('count(*)::text) FROM ONLY')) await gone
          return talk.write(line)
        } }
      },
    } }
    const database = postgresDatabase({ url }, slow)
    const dump = await database.dump()
    tries.push(emptied('counted'))
    const content = await collected(dump.content)
    const { fingerprint } = await dump.taken()
    expect(tries).toEqual([expect.stringContaining('lock timeout'), expect.stringContaining('lock timeout')])
    expect(fingerprint.rows).toEqual({ 'public.t': 1000, 'public.u': 0 })
    // Nobody has to wait for what is done with the dump then; the server's process for its program may end a moment after that.
    expect(emptied('counted', '20s')).toBe('emptied')
    expect(await dump.sequencesNow()).toEqual({})
    await dump.close()
    const scratch = await postgresDatabase({ url }, lab.ambient).scratch()
    await scratch.restore(bytes(content))
    expect(compareFingerprints(fingerprint, await scratch.fingerprint())).toEqual([])
    await scratch.drop()
  })

  test('of which there are more than the server has locks for are counted without', async () => {
    const url = lab.database('many')
    lab.sql(`SELECT format('CREATE TABLE "t %s" ()', n) FROM generate_series(1, 1700) n \\gexec`, 'many')
    const dump = await postgresDatabase({ url }, lab.ambient).dump()
    expect(lab.sql(`SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = 'many' AND relation >= 16384`)).toBe('0')
    expect(Object.keys((await dump.taken()).fingerprint.rows)).toHaveLength(1700)
    await dump.close()
  })
})
