import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { backupAmbient, bytes, collected } from '../../support/backup-ambient.js'
import { addressOf, clientProgram, databaseLab, restoredCopy, type DatabaseLab } from '../../support/database-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { answers } from '../../support/postgres-image.js'

withEngines(['postgres', 'pg-clients'], 'PostgreSQL, when something is wrong', () => {
  let lab: DatabaseLab
  beforeAll(async () => {
    lab = await databaseLab()
  })
  afterAll(() => lab.close())
  const at = (changes: Parameters<typeof addressOf>[1]): ReturnType<typeof postgresDatabase> => postgresDatabase({ url: addressOf(lab.server, changes) }, lab.ambient)
  const failure = async (work: Promise<unknown>): Promise<Record<string, unknown> & { message: string }> => {
    const thrown: unknown = await work.then(() => undefined, (fault: unknown) => fault)
    if (!(thrown instanceof Error)) throw new Error('it did not fail')
    return { ...Object.fromEntries(Object.entries(thrown)), message: thrown.message }
  }

  test('a wrong password', async () => {
    const fault = await failure(at({ password: 'planted-pa55' }).about())
    expect(fault).toMatchObject({ code: 'login-refused', message: expect.stringContaining('password authentication failed for user "postgres"') })
    expect(JSON.stringify(fault)).not.toContain('planted-pa55')
  })

  test('an unknown database', async () => {
    expect(await failure(at({ database: 'nowhere' }).dump())).toMatchObject({ code: 'database-unreachable', message: expect.stringContaining('database "nowhere" does not exist') })
  })

  test('nobody listens', async () => {
    expect(await failure(at({ port: 1 }).about())).toMatchObject({ code: 'database-unreachable', message: expect.stringMatching(/refused/i) })
  })

  test('a server that does not speak TLS, where TLS is asked for', async () => {
    const database = postgresDatabase({ url: `${lab.server.url}?sslmode=require` }, lab.ambient)
    expect(await failure(database.about())).toMatchObject({ code: 'database-unreachable', message: expect.stringContaining('SSL') })
  })

  test('a table that may not be read', async () => {
    lab.sql(`CREATE ROLE reader LOGIN PASSWORD 'geheim-7'; CREATE DATABASE closed; `)
    lab.sql(`CREATE TABLE open (a int); CREATE TABLE closed (a int); GRANT SELECT ON open TO reader;`, 'closed')
    const fault = await failure(restoredCopy(at({ user: 'reader', password: 'geheim-7', database: 'closed' })))
    expect(fault).toMatchObject({ code: 'database-refused', message: expect.stringContaining('permission denied for public.closed'), fix: expect.stringContaining('pg_read_all_data') })
  })

  test('rows that a policy would hide are not left out in silence', async () => {
    lab.sql(`CREATE ROLE narrow LOGIN PASSWORD 'geheim-8'; CREATE DATABASE hidden;`)
    lab.sql(`CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON t USING (a = 1); GRANT SELECT ON t TO narrow;`, 'hidden')
    const fault = await failure(restoredCopy(at({ user: 'narrow', password: 'geheim-8', database: 'hidden' })))
    expect(fault).toMatchObject({ code: 'database-refused', message: expect.stringContaining('row-level security hides rows of public.t'), fix: expect.stringContaining('BYPASSRLS') })
  })

  test('a user that may not make databases', async () => {
    lab.sql(`CREATE ROLE small LOGIN PASSWORD 'geheim-9'; CREATE DATABASE small OWNER small;`)
    expect(await failure(at({ user: 'small', password: 'geheim-9', database: 'small' }).scratch())).toMatchObject({
      code: 'database-refused', message: expect.stringContaining('permission denied to create database'), fix: expect.stringContaining('CREATEDB'),
    })
  })

  test('a user that owns everything and is no superuser can prove and replace', async () => {
    lab.sql(`CREATE ROLE app LOGIN CREATEDB PASSWORD 'geheim-app'; CREATE DATABASE app OWNER app;`)
    const database = at({ user: 'app', password: 'geheim-app', database: 'app' })
    lab.sql(`SET ROLE app; CREATE TABLE t (a serial PRIMARY KEY); INSERT INTO t DEFAULT VALUES;`, 'app')
    const scratch = await restoredCopy(database)
    const kept = await database.replaceWith(scratch)
    expect(lab.sql(`SELECT tableowner FROM pg_tables WHERE tablename = 't'`, 'app')).toBe('app')
    expect(lab.databases()).toContain(kept)
  })

  test('objects of strangers: proven without their owners, never put in the place of the real one', async () => {
    lab.sql(`CREATE ROLE half LOGIN CREATEDB PASSWORD 'geheim-half'; CREATE DATABASE mixed OWNER half;`)
    lab.sql(`CREATE TABLE of_postgres (a int); INSERT INTO of_postgres VALUES (1); GRANT SELECT ON of_postgres TO half;`, 'mixed')
    const database = at({ user: 'half', password: 'geheim-half', database: 'mixed' })
    const scratch = await restoredCopy(database)
    expect((await scratch.fingerprint()).rows).toEqual({ 'public.of_postgres': 1 })
    expect(await failure(database.replaceWith(scratch))).toMatchObject({ code: 'database-refused', message: expect.stringContaining('owners') })
    await scratch.drop()
  })

  test('what belongs to the database itself, and connections in use, survive a replacement', async () => {
    lab.sql(`CREATE ROLE boss; CREATE ROLE guest; CREATE DATABASE props OWNER boss CONNECTION LIMIT 17;
      ALTER DATABASE props SET search_path TO "my ""schema", public; ALTER DATABASE props SET work_mem TO '7MB'; ALTER ROLE guest IN DATABASE props SET timezone TO 'Europe/Paris';
      REVOKE CONNECT ON DATABASE props FROM PUBLIC; GRANT CONNECT, TEMPORARY ON DATABASE props TO guest WITH GRANT OPTION; COMMENT ON DATABASE props IS 'it''s ours';`)
    const properties = (): string => lab.sql(`SELECT pg_get_userbyid(datdba), datconnlimit, (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(datacl) a), shobj_description(d.oid, 'pg_database'),
      (SELECT string_agg(setrole::regrole || ':' || setconfig::text, ' ' ORDER BY setrole) FROM pg_db_role_setting s WHERE s.setdatabase = d.oid) FROM pg_database d WHERE datname = 'props'`)
    const before = properties()
    const database = at({ database: 'props' })
    const scratch = await restoredCopy(database)
    const busy = lab.ambient.process.run({ what: 'be busy', argv: [clientProgram('psql'), '-c', 'SELECT pg_sleep(60)'], timeoutMs: 30_000, accept: [0, 1, 2],
      env: { PGHOST: lab.server.host, PGPORT: String(lab.server.port), PGUSER: lab.server.user, PGPASSWORD: lab.server.password, PGDATABASE: 'props' } })
    await answers(async () => {
      if (lab.sql(`SELECT count(*) FROM pg_stat_activity WHERE datname = 'props' AND query LIKE '%pg_sleep(60)%'`) !== '1') throw new Error('not yet')
    })
    await database.replaceWith(scratch)
    expect(properties()).toBe(before)
    expect((await busy).stderr).toContain('terminating connection')
  })

  test('a replacement that can not be done leaves the old database serving', async () => {
    lab.sql('CREATE DATABASE stays;')
    lab.sql('CREATE TABLE t (a int);', 'stays')
    const database = at({ database: 'stays' })
    const scratch = await restoredCopy(database)
    await scratch.drop()
    expect(await failure(database.replaceWith(scratch))).toMatchObject({ code: 'database-refused' })
    expect(lab.sql(`SELECT count(*) FROM t`, 'stays')).toBe('0')
  })

  test('a client that is too old, and none at all', async () => {
    const folder = path.join(lab.work, 'old')
    mkdirSync(folder)
    for (const name of ['psql', 'pg_dump', 'pg_restore'] as const) script(folder, name, `case "$1" in --version) echo "${name} (PostgreSQL) 14.3"; exit;; esac; exec ${clientProgram(name)} "$@"`)
    const only = (room: string): Ambient => {
      const ambient = backupAmbient({ work: lab.work, env: { PATH: `${room}:/bin` } })
      return { ...ambient, files: { ...ambient.files, list: () => Promise.resolve([]) }, process: { ...ambient.process, which: (name) => Promise.resolve(existsSync(path.join(room, name)) ? path.join(room, name) : undefined) } }
    }
    const tooOld = await failure(postgresDatabase({ url: lab.server.url }, only(folder)).about())
    expect(tooOld).toMatchObject({ code: 'client-too-old', message: expect.stringMatching(/14\.3.*15\./) })
    const none = await failure(postgresDatabase({ url: lab.server.url }, only(path.join(lab.work, 'nothing'))).about())
    expect(none).toMatchObject({ code: 'program-missing', fix: expect.stringContaining('postgresql-client') })
  })

  test.each([
    ['the setting that only newer servers know', '', 0, 'restored'],
    ['that setting and something else', 'pg_restore: error: could not execute query: ERROR:  out of shared memory', 1, 'restore-failed: Could not restore the backup'],
    ['a failure without a word', '', 2, 'restore-failed: Could not restore'],
  ])('a newer pg_restore that complains of %s', async (_, more, extra, why) => {
    const folder = path.join(lab.work, `newer-${extra}`)
    mkdirSync(folder)
    const said = ['pg_restore: while INITIALIZING:', 'pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"', 'Command was: SET transaction_timeout = 0;']
    const lines = extra === 2 ? [] : [...said, more, `pg_restore: warning: errors ignored on restore: ${1 + extra}`]
    const newer = (name: string): string => `case "$1" in --version) echo "${name} (PostgreSQL) 17.2"; exit;; esac`
    for (const name of ['psql', 'pg_dump'] as const) script(folder, name, `${newer(name)}; exec ${clientProgram(name)} "$@"`)
    script(folder, 'pg_restore', `${newer('pg_restore')}; ${clientProgram('pg_restore')} "$@" || exit; cat >&2 <<'END'\n${lines.join('\n')}\nEND\nexit 1`)
    const ambient = backupAmbient({ work: lab.work, env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` } })
    const database = postgresDatabase({ url: lab.server.url }, { ...ambient, files: { ...ambient.files, list: () => Promise.resolve([]) } })
    const ended = await restoredCopy(database).then(() => 'restored', (fault: unknown) => (fault instanceof RemoteError ? `${fault.code}: ${fault.message}` : fault))
    expect(ended).toEqual(expect.stringContaining(why))
    expect(ended === 'restored').toBe(extra === 0)
    await Promise.all(lab.databases().filter((name) => name.startsWith('ecluse_')).map((name) => at({}).sweep(name)))
  })

  test('an extension that the user may not create is named', async () => {
    const folder = path.join(lab.work, 'extension')
    mkdirSync(folder)
    for (const name of ['psql', 'pg_dump'] as const) script(folder, name, `exec ${clientProgram(name)} "$@"`)
    script(folder, 'pg_restore', `cat > /dev/null; echo 'pg_restore: error: could not execute query: ERROR:  permission denied to create extension "postgis"' >&2; exit 1`)
    const database = postgresDatabase({ url: lab.server.url }, backupAmbient({ work: lab.work, env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` } }))
    const fault = await failure(restoredCopy(database))
    expect(fault).toMatchObject({ code: 'restore-failed', fix: expect.stringContaining('create the extension `postgis`') })
    await Promise.all(lab.databases().filter((name) => name.startsWith('ecluse_')).map((name) => at({}).sweep(name)))
  })

  test('without zstd, gzip', async () => {
    lab.sql('CREATE TABLE IF NOT EXISTS plain AS SELECT generate_series(1, 100) n')
    const ambient: Ambient = { ...lab.ambient, process: { ...lab.ambient.process, which: async (name) => (name === 'zstd' ? undefined : lab.ambient.process.which(name)) } }
    const database = postgresDatabase({ url: lab.server.url }, ambient)
    const dump = await database.dump()
    const content = await collected(dump.content)
    const { fingerprint } = await dump.taken()
    await dump.close()
    expect([dump.compression, content.subarray(0, 2).toString('hex')]).toEqual(['gzip', '1f8b'])
    const scratch = await database.scratch()
    await scratch.restore(bytes(content.subarray(0, 1), content.subarray(1)))
    expect((await scratch.fingerprint()).rows).toEqual(fingerprint.rows)
    await scratch.drop()
  })

  test('no secret in any argv, and the password in the environment', async () => {
    const folder = path.join(lab.work, 'watched')
    const log = path.join(lab.work, 'argv.log')
    mkdirSync(folder)
    for (const name of ['psql', 'pg_dump', 'pg_restore'] as const) {
      script(folder, name, `tr '\\0' ' ' < /proc/$$/cmdline >> ${log}; echo "$PGPASSWORD" | cut -c1-4 >> ${log}; exec ${clientProgram(name)} "$@"`)
    }
    const remembered = new Map<string, string>()
    const database = postgresDatabase({ url: lab.server.url }, backupAmbient({ work: lab.work, env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` }, remembered, said: lab.said }))
    const scratch = await restoredCopy(database)
    expect(remembered.get('scratch')).toBe(scratch.name)
    await scratch.drop()
    const written = readFileSync(log, 'utf8')
    expect(written).toContain('pg_restore')
    expect(written).toContain(lab.server.password.slice(0, 4))
    expect(written + JSON.stringify([lab.said, ...remembered])).not.toContain(lab.server.password)
  })

  function script(folder: string, name: string, body: string): void {
    writeFileSync(path.join(folder, name), `#!/bin/sh\n${body}\n`)
    chmodSync(path.join(folder, name), 0o755)
  }
})
