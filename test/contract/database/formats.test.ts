import { mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { compareFingerprints, compareOutlines } from '../../../core/domain/fingerprint.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { ProcessError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Database, DumpRequest, Taken } from '../../../core/ports/database.js'
import { backupAmbient, bytes, collected } from '../../support/backup-ambient.js'
import { databaseLab, type DatabaseLab } from '../../support/database-lab.js'
import { withEngines } from '../../support/engines/index.js'

const richSchema = readFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'support', 'rich-schema.sql'), 'utf8')
const everything = { jobs: 3, checksums: true }

withEngines(['postgres', 'pg-clients', 'zstd'], 'a PostgreSQL dump in each of its formats', () => {
  let lab: DatabaseLab
  let url = ''
  let turn = 0
  beforeAll(async () => {
    lab = await databaseLab()
    url = lab.database('rich')
    lab.sql(richSchema, 'rich')
  })
  afterAll(() => lab.close())

  /** Surroundings with a folder of their own for temporary files. */
  const room = (): { ambient: Ambient; temp: string; spools: () => readonly string[] } => {
    const temp = path.join(lab.work, `temp-${turn += 1}`)
    mkdirSync(temp)
    const ambient = backupAmbient({ work: lab.work })
    return { ambient: { ...ambient, paths: { ...ambient.paths, temp } }, temp, spools: () => readdirSync(temp) }
  }
  const taken = async (database: Database, request: Partial<DumpRequest>): Promise<Taken & { content: Buffer; format: string; sequences: Taken['fingerprint']['sequences'] }> => {
    const dump = await database.dump(request)
    const content = await collected(dump.content)
    const [held, sequences] = [await dump.taken(), await dump.sequencesNow()]
    await dump.close()
    return { ...held, content, format: dump.format, sequences }
  }

  test.each([
    ['custom', 1], ['custom', 3], ['directory', 1], ['directory', 3],
  ] as const)('%s, restored by %d at a time, comes back as it was, contents included', async (format, jobs) => {
    const { ambient, spools } = room()
    const database = postgresDatabase({ url }, ambient)
    const dump = await taken(database, { ...everything, format })
    expect(dump.format).toBe(format)
    expect(Object.keys(dump.fingerprint.checksums ?? {})).toEqual([...Object.keys(dump.fingerprint.rows), 'pg_largeobject'].toSorted())
    const scratch = await database.scratch()
    await scratch.restore(bytes(dump.content), { jobs, bytes: dump.content.length })
    expect(compareFingerprints(dump.fingerprint, await scratch.fingerprint({ checksums: true }), dump.sequences)).toEqual([])
    expect(compareOutlines(dump.outline, await scratch.outline())).toEqual([])
    await scratch.drop()
    expect(spools()).toEqual([])
  })

  test('connections that lock one another out: restored again by one, into an empty database', async () => {
    const { ambient } = room()
    const { content, fingerprint } = await taken(postgresDatabase({ url }, ambient), {})
    const ran: string[] = []
    const deadlocking: Ambient = { ...ambient, process: { ...ambient.process, run: async (request) => {
      const parallel = request.argv.some((word) => word.startsWith('--jobs='))
      if (request.argv[0].endsWith('pg_restore') && !request.argv.includes('--list')) ran.push(parallel ? 'side by side' : 'alone')
      if (!parallel) return ambient.process.run(request)
      await ambient.process.run({ ...request, argv: [...request.argv, '--section=pre-data', '--section=data'] as never })
      throw new ProcessError('program-failed', { message: 'it failed', argv: ['pg_restore'], exitCode: 1, tail: ['pg_restore: error: could not execute query: ERROR:  deadlock detected'] })
    } } }
    const scratch = await postgresDatabase({ url }, deadlocking).scratch()
    await scratch.restore(bytes(content), { jobs: 2 })
    expect(ran).toEqual(['side by side', 'alone'])
    expect((await scratch.fingerprint()).rows).toEqual(fingerprint.rows)
    await scratch.drop()
  })

  test('one changed value among equal counts is seen by its checksum, and only with it', async () => {
    const database = postgresDatabase({ url }, room().ambient)
    const dump = await taken(database, everything)
    const scratch = await database.scratch()
    await scratch.restore(bytes(dump.content))
    lab.sql(`UPDATE customers SET picture = '\\x00' WHERE id = 7; UPDATE orders SET customer = 3 WHERE id = 1; SELECT lo_put((SELECT min(oid) FROM pg_largeobject_metadata), 5, 'x')`, scratch.name)
    const kinds = compareFingerprints(dump.fingerprint, await scratch.fingerprint({ checksums: true })).map(({ kind, name }) => [kind, name])
    expect(kinds).toEqual([['checksum', 'pg_largeobject'], ['checksum', 'public.customers'], ['checksum', 'public.orders_2025']])
    const unread = compareFingerprints(dump.fingerprint, await scratch.fingerprint())
    expect(unread.length).toBe(Object.keys(dump.fingerprint.rows).length + 1)
    await scratch.drop()
  })

  test('a checksum does not depend on the settings of the server or on the order of rows', async () => {
    const database = postgresDatabase({ url }, room().ambient)
    const before = (await taken(database, everything)).fingerprint
    lab.sql(`ALTER DATABASE rich SET DateStyle = 'German, DMY'; ALTER DATABASE rich SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE rich SET bytea_output = 'escape';
      ALTER DATABASE rich SET extra_float_digits = 0; ALTER DATABASE rich SET IntervalStyle = 'iso_8601'; ALTER DATABASE rich SET search_path = 'has.dot';`)
    lab.sql('CLUSTER public.orders_2025 USING orders_2025_pkey; CLUSTER public.customers USING "Ünique Näme"', 'rich')
    const after = (await taken(database, everything)).fingerprint
    expect(after.checksums).toEqual(before.checksums)
    lab.sql('ALTER DATABASE rich RESET ALL; ')
  })

  test.each(['custom', 'directory'] as const)('%s is read whole without a server, and damage is found', async (format) => {
    const { ambient, spools } = room()
    const database = postgresDatabase({ url }, ambient)
    const { content } = await taken(database, { format })
    const entries = await database.entries(bytes(content))
    expect(entries).toBeGreaterThan(60)
    for (const at of [0.02, 0.3, 0.6, 0.98]) {
      const flipped = Buffer.from(content)
      flipped[Math.floor(content.length * at)]! ^= 0x10
      for (const damaged of [flipped, content.subarray(0, Math.floor(content.length * at))]) {
        await expect(database.entries(bytes(damaged))).rejects.toMatchObject({ code: 'backup-corrupt' })
      }
    }
    const last = content.subarray(0, content.length - 1)
    await expect(database.entries(bytes(last))).rejects.toMatchObject({ code: 'backup-corrupt' })
    for (const jobs of [1, 3]) {
      const scratch = await database.scratch()
      await expect(scratch.restore(bytes(last), { jobs })).rejects.toBeInstanceOf(Error)
      await scratch.drop()
    }
    expect(spools()).toEqual([])
  })

  test('what the content throws at its end is not missed, though `pg_restore` had all it needs', async () => {
    const database = postgresDatabase({ url: lab.database() }, room().ambient)
    const { content } = await taken(database, {})
    const late = async function* (): AsyncGenerator<Uint8Array> {
      yield content
      await lab.ambient.process.run({ what: 'pass the time', argv: ['true'], timeoutMs: 5000 })
      throw new TypeError('the checksum is wrong')
    }
    for (const jobs of [1, 3]) {
      const scratch = await database.scratch()
      await expect(scratch.restore(late(), { jobs })).rejects.toThrow('the checksum is wrong')
      await scratch.drop()
    }
    await expect(database.entries(late())).rejects.toThrow('the checksum is wrong')
  })

  test('an empty database has nothing to list but what every database has', async () => {
    const database = postgresDatabase({ url: lab.database() }, room().ambient)
    const { content, fingerprint } = await taken(database, everything)
    expect([fingerprint.rows, fingerprint.checksums]).toEqual([{}, { pg_largeobject: '0' }])
    expect(await database.entries(bytes(content))).toBeLessThan(5)
  })

  test('a folder is refused before anything is read when there is no room for it; a restore is streamed then', async () => {
    const { ambient, spools } = room()
    const tight: Ambient = { ...ambient, files: { ...ambient.files, room: () => Promise.resolve(1_000_000), makeFolder: () => Promise.reject(new Error('nothing is to be written')) } }
    const database = postgresDatabase({ url }, tight)
    await expect(database.dump({ format: 'directory' })).rejects.toMatchObject({ code: 'disk-full', message: expect.stringContaining('1.0 MB free'), fix: expect.stringContaining('custom') })
    const dump = await taken(database, {})
    const scratch = await database.scratch()
    await scratch.restore(bytes(dump.content), { jobs: 3 })
    expect((await scratch.fingerprint()).rows).toEqual(dump.fingerprint.rows)
    await scratch.drop()
    expect(spools()).toEqual([])
  })

  test('the name for good: as the real one is, never over another, and no sweep takes it', async () => {
    lab.sql(`COMMENT ON DATABASE rich IS 'the shop''s'; ALTER DATABASE rich SET work_mem = '7MB'`)
    const database = postgresDatabase({ url }, room().ambient)
    const scratch = await database.scratch()
    await expect(database.keepAs(scratch, 'rich')).rejects.toMatchObject({ code: 'database-exists' })
    await expect(database.keepAs(scratch, 'ü'.repeat(32))).rejects.toMatchObject({ code: 'input-invalid' })
    await database.keepAs(scratch, 'kept "by" name')
    await scratch.drop()
    await database.sweep()
    expect(lab.databases()).toContain('kept "by" name')
    expect(lab.sql(`SELECT shobj_description(d.oid, 'pg_database'), setconfig FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid WHERE datname = 'kept "by" name'`)).toBe(`the shop's|{work_mem=7MB}`)
  })
})
