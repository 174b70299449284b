import { spawn, type ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { ProcessError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Database } from '../../../core/ports/database.js'
import { clientProgram, databaseLab, restoredCopy, type DatabaseLab } from '../../support/database-lab.js'
import { withEngines } from '../../support/engines/index.js'

withEngines(['postgres', 'pg-clients'], 'PostgreSQL, for the role of an application', () => {
  let lab: DatabaseLab
  const clients: ChildProcess[] = []
  beforeAll(async () => {
    lab = await databaseLab({ settings: ['max_prepared_transactions=2'] })
  })
  afterAll(async () => {
    for (const client of clients) client.kill()
    await lab.close()
  })

  const mine = (name: string, sql: string, ambient = lab.ambient): Database => {
    const url = lab.ownedBy('app', name)
    lab.sql(`SET ROLE app; CREATE TABLE t (a serial PRIMARY KEY); INSERT INTO t DEFAULT VALUES; ${sql}`, name)
    return postgresDatabase({ url }, ambient)
  }
  /** A client that stays until its statement ends. */
  const connected = async (user: string, database: string, sql: string): Promise<ChildProcess> => {
    const { host, port, password } = lab.server
    const argv = ['-XqAt', '-h', host, '-p', String(port), '-U', user, '-d', database, '-c', 'SELECT 1', '-c', sql]
    const client = spawn(clientProgram('psql'), argv, { env: { ...process.env, PGPASSWORD: user === 'app' ? 'of-app' : password }, stdio: ['ignore', 'pipe', 'ignore'] })
    clients.push(client)
    await new Promise((resolve) => { client.stdout.once('data', resolve) })
    return client
  }

  test('schemas of the server and members of extensions have no owner that a copy would need', async () => {
    const database = mine('tidy', `CREATE TEMP TABLE passing (a int); CREATE EXTENSION hstore; CREATE TYPE pair AS (a int, b text); CREATE TYPE mood AS ENUM ('well'); CREATE TYPE span AS RANGE (subtype = int);`)
    expect(lab.sql(`SELECT count(*) > 0 FROM pg_namespace WHERE nspname LIKE 'pg_temp%' AND nspowner = 10`, 'tidy')).toBe('t')
    const scratch = await restoredCopy(database)
    expect(scratch.faithful).toBe(true)
    await database.refuseReplacement()
    await database.replaceWith(scratch)
    expect(lab.sql('SELECT count(*) FROM t', 'tidy')).toBe('1')
  })

  test('a database that is another\'s is not replaced, though all that is in it is ours', async () => {
    const database = mine('lent', '')
    lab.sql(`CREATE ROLE lender; ALTER DATABASE lent OWNER TO lender; GRANT CREATE ON SCHEMA public TO app;`, 'lent')
    const scratch = await database.scratch()
    expect(scratch.faithful).toBe(false)
    await scratch.drop()
  })

  test('one connection that may not be ended does not keep the others, and goes by itself', async () => {
    const database = mine('busy', '')
    const scratch = await restoredCopy(database)
    await connected('postgres', 'busy', 'SELECT pg_sleep(60)')
    await connected('app', 'busy', 'SELECT pg_sleep(60)')
    const told = (): boolean => /The connection of `postgres` \(process \d+\) can not be ended by this user/.test(lab.said.join('\n'))
    const replacing = database.replaceWith(scratch)
    const over = new AbortController()
    replacing.finally(() => over.abort()).catch(() => undefined)
    // It goes once it was seen, however long that took; the server waits five seconds for it.
    while (!told() && !over.signal.aborted) await lab.ambient.clock.sleep(20, over.signal)
    lab.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'busy' AND usename = 'postgres'`)
    expect(lab.databases()).toContain(await replacing)
    expect(told()).toBe(true)
  })

  test('what is at work in a scratch database does not keep it from being dropped', async () => {
    const database = mine('dropping', '')
    const scratch = await database.scratch()
    lab.sql('CREATE TABLE big AS SELECT n FROM generate_series(1, 200000) n', scratch.name)
    // Autovacuum, so slow that it is surely there.
    const slow = { autovacuum_naptime: 1, autovacuum_vacuum_cost_delay: 100, autovacuum_vacuum_cost_limit: 1 }
    for (const [name, value] of Object.entries(slow)) lab.sql(`ALTER SYSTEM SET ${name} = ${value}`)
    lab.sql('SELECT pg_reload_conf()')
    lab.sql('DELETE FROM big WHERE n % 2 = 0', scratch.name)
    const worker = `SELECT count(*) FROM pg_stat_activity WHERE datname = '${scratch.name}' AND backend_type = 'autovacuum worker'`
    for (let looked = 0; lab.sql(worker) === '0' && looked < 200; looked += 1) await lab.ambient.clock.sleep(100)
    expect(lab.sql(worker)).not.toBe('0')
    lab.sql('REVOKE pg_signal_backend FROM app')
    await scratch.drop()
    expect(lab.databases()).not.toContain(scratch.name)
    lab.sql('GRANT pg_signal_backend TO app')
    for (const name of Object.keys(slow)) lab.sql(`ALTER SYSTEM RESET ${name}`)
    lab.sql('SELECT pg_reload_conf()')
  })

  test('what was replaced in the same second before is kept beside', async () => {
    const still = { ...lab.ambient, clock: { ...lab.ambient.clock, now: () => Date.UTC(2026, 10, 21) } }
    const database = mine('twice', '', still)
    const kept = [await database.replaceWith(await restoredCopy(database)), await database.replaceWith(await restoredCopy(database))]
    expect(kept).toEqual(['twice_before_20261121t000000z', 'twice_before_20261121t000001z'])
    expect(lab.databases()).toEqual(expect.arrayContaining([...kept, 'twice']))
  })

  test('an empty search path, and one with an empty name in it, come along', async () => {
    const database = mine('pathless', '')
    const settings = (): string => lab.sql(`SELECT string_agg(c, ' ' ORDER BY c) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c WHERE datname = 'pathless'`)
    for (const path of [`''`, `'', "my ""schema, one", '$user', public`]) {
      lab.sql(`ALTER DATABASE pathless SET search_path TO ${path}`)
      const before = settings()
      await database.replaceWith(await restoredCopy(database))
      expect(settings()).toBe(before)
    }
  })

  const byAnAdministrator = (name: string): string => `ALTER DATABASE ${name} SET log_statement TO 'all'; ALTER ROLE app IN DATABASE ${name} SET work_mem TO '7MB'; ALTER DATABASE ${name} CONNECTION LIMIT 17;`

  test('settings of an administrator keep nobody from having a copy under a name of its own', async () => {
    const database = mine('administered', '')
    lab.sql(byAnAdministrator('administered'))
    await database.keepAs(await restoredCopy(database), 'beside')
    expect(lab.sql(`SELECT datconnlimit, (SELECT count(*) FROM pg_db_role_setting WHERE setdatabase = d.oid) FROM pg_database d WHERE datname = 'beside'`)).toBe('17|1')
    expect(lab.said.join('\n')).toMatch(/`beside` does not have all that the real one has\. The server refused `ALTER DATABASE "beside" SET "log_statement" TO 'all'`: permission denied/)
  })

  test('settings of an administrator are told before a copy is made that is to take the place', async () => {
    const database = mine('bound', '')
    lab.sql(byAnAdministrator('bound'))
    const before = lab.sql(`SELECT datconnlimit, datacl::text, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'bound'`)
    await expect(database.refuseReplacement()).rejects.toMatchObject({ code: 'database-refused', message: expect.stringMatching(/may not be set: `ALTER DATABASE "bound" SET "log_statement" TO 'all'`: permission denied to set parameter "log_statement"\.$/) })
    expect(lab.sql(`SELECT datconnlimit, datacl::text, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'bound'`)).toBe(before)
  })

  test('all that a replacement lacks is told at once', async () => {
    const database = mine('lacking', `BEGIN; INSERT INTO t DEFAULT VALUES; PREPARE TRANSACTION 'left';`)
    lab.sql(`CREATE ROLE owner_of_it; CREATE ROLE stranger; CREATE TABLE theirs (a int); ALTER TABLE theirs OWNER TO stranger; ALTER DATABASE lacking OWNER TO owner_of_it; REVOKE pg_signal_backend FROM app;`, 'lacking')
    lab.sql(`ALTER ROLE app NOCREATEDB;`)
    await connected('postgres', 'lacking', 'SELECT pg_sleep(60)')
    const thrown: unknown = await database.refuseReplacement().catch((fault: unknown) => fault)
    lab.sql(`ALTER ROLE app CREATEDB; GRANT pg_signal_backend TO app;`)
    expect(thrown).toMatchObject({
      name: 'StateError', code: 'database-refused',
      message: expect.stringMatching(/it belongs to `owner_of_it`, and `app` is no member of that role; `app` may not make and rename databases; objects in it belong to `stranger`.*; connections that may not be ended are open: `postgres \(process \d+\)`; prepared transactions are open: `left`\.$/),
      fix: expect.stringMatching(/GRANT "owner_of_it" TO "app".*ALTER ROLE "app" CREATEDB\..*GRANT "stranger" TO "app".*pg_signal_backend.*ROLLBACK PREPARED/),
    })
  })

  test('whoever is not heard of after the last statement is said to be unknown, with both names it may have', async () => {
    const cutting: { now: boolean } = { now: false }
    const cut = (ambient: Ambient): Ambient => ({
      ...ambient,
      shielded: (within) => cut(ambient.shielded(within)),
      process: {
        ...ambient.process,
        async run(options) {
          const lost = cutting.now
          if (typeof options.stdin === 'string' && options.stdin.includes('RENAME TO')) cutting.now = true
          const result = lost ? undefined : await ambient.process.run(options)
          if (cutting.now) throw new ProcessError('program-failed', { message: 'psql failed', argv: options.argv, exitCode: 2, tail: ['server closed the connection unexpectedly'] })
          return result!
        },
      },
    })
    const database = mine('unheard', '', cut(lab.ambient))
    const scratch = await restoredCopy(database)
    const thrown: unknown = await database.replaceWith(scratch).catch((fault: unknown) => fault)
    const kept = lab.databases().find((name) => name.startsWith('unheard_before_'))!
    expect(thrown).toMatchObject({ name: 'StateError', code: 'replacement-unknown', message: expect.stringContaining(`Either the restored copy serves and what was there before is kept as \`${kept}\`, or nothing changed`) })
  })

  test('a database whose writers are kept away is restored, replaced and keeps them away', async () => {
    const database = mine('frozen', '')
    lab.sql(`ALTER DATABASE frozen SET default_transaction_read_only = on; ALTER ROLE app SET default_transaction_read_only = on;`)
    try {
      const [scratch, other] = [await restoredCopy(database), await restoredCopy(database)]
      await database.refuseReplacement()
      await database.keepAs(other, 'thawed')
      await database.replaceWith(scratch)
      await (await database.scratch()).drop()
      expect(lab.sql('SHOW default_transaction_read_only', 'frozen')).toBe('on')
    } finally {
      lab.sql('ALTER ROLE app RESET default_transaction_read_only')
    }
  })
})
