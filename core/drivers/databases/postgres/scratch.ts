import { RemoteError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Scratch } from '../../../ports/database.js'
import { beginSnapshot, takeFingerprint, type Taken } from './fingerprint.js'
import { abandoned, ownerText, scratchName } from './ownership.js'
import { ask, identifier, literal, openSession } from './psql.js'
import { restoreInto } from './restore.js'
import { asking, type Server } from './server.js'

const CREATE_MS = 5 * 60_000
/** A cancelled run has ten seconds; dropping must fit in. */
const DROP_MS = 7000

/** A scratch database and whether it has the owners and privileges of the real one. */
export interface OwnScratch extends Scratch {
  readonly faithful: boolean
}

/** Makes a database like the real one in everything but what is in it. */
export async function makeScratch(server: Server): Promise<OwnScratch> {
  const { ambient } = server
  const now = ambient.clock.now()
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(4))).toString('hex')
  const name = scratchName(ambient.run.id, now, random)
  ambient.remember('scratch', name)
  const faithful = await mayGiveAway(server)
  await ask(asking(server), {
    what: 'make a scratch database on the server of',
    code: 'database-refused',
    fix: 'Give the user of the database the right CREATEDB, and look whether the server can be written to.',
    sql: `${await createStatement(server, name)};\nCOMMENT ON DATABASE ${identifier(name)} IS ${literal(ownerText(ambient.run, now))};`,
    timeoutMs: CREATE_MS,
  })
  return {
    name,
    faithful,
    restore: (content) => restoreInto(server, { name, faithful }, content),
    fingerprint: async () => (await inspect(server, name)).fingerprint,
    outline: async () => (await inspect(server, name)).outline,
    async drop() {
      await dropScratch(server, name, ambient.shielded(DROP_MS))
      ambient.remember('scratch', '')
    },
  }
}

export async function dropScratch(server: Server, name: string, around: Ambient): Promise<void> {
  const database = identifier(name)
  const force = server.major >= 13
  const terminate = `SELECT json_build_array() FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${literal(name)}) ended;`
  await ask(asking(server, around), {
    what: `drop the scratch database \`${name}\` on the server of`,
    code: 'database-refused',
    sql: force ? `DROP DATABASE IF EXISTS ${database} WITH (FORCE);` : `${terminate}\nDROP DATABASE IF EXISTS ${database};`,
  })
}

/** Drops what dead runs left. One that can not be dropped is told and does not keep the others. */
export async function sweepScratches(server: Server): Promise<readonly string[]> {
  const { ambient } = server
  const found = await ask(asking(server), {
    what: 'look for old scratch databases on the server of',
    code: 'database-refused',
    sql: `SELECT json_build_array(datname, coalesce(shobj_description(oid, 'pg_database'), '')) FROM pg_database WHERE datname LIKE 'ecluse\\_scratch\\_%' ORDER BY datname;`,
  })
  const here = { host: ambient.run.host, now: ambient.clock.now() }
  const dropped: string[] = []
  for (const [name = '', comment = ''] of found) {
    if (!abandoned({ name, comment }, here, (pid, started) => ambient.process.alive(pid, started))) continue
    try {
      await dropScratch(server, name, ambient)
      dropped.push(name)
    } catch (thrown) {
      if (!(thrown instanceof RemoteError)) throw thrown
      ambient.log.warn(thrown.message)
    }
  }
  return dropped
}

async function inspect(server: Server, database: string): Promise<Taken> {
  const session = openSession(asking(server), { what: `take the fingerprint of the scratch database \`${database}\` of`, code: 'restore-failed', database })
  try {
    await beginSnapshot(session)
    return await takeFingerprint(session, server.ambient.files)
  } finally {
    await session.close()
  }
}

/** Only a superuser, or a member of every role that owns something, can make objects that belong to others. */
async function mayGiveAway(server: Server): Promise<boolean> {
  const [row] = await ask(asking(server), {
    what: 'read the owners in',
    code: 'dump-failed',
    sql: `SELECT json_build_array(coalesce(bool_and(pg_has_role(owner, 'MEMBER')), true)::text) FROM (
      SELECT relowner AS owner FROM pg_class WHERE oid >= 16384 UNION SELECT nspowner FROM pg_namespace WHERE oid >= 16384
      UNION SELECT proowner FROM pg_proc WHERE oid >= 16384 UNION SELECT typowner FROM pg_type WHERE oid >= 16384) owned;`,
  })
  return row?.[0] === 'true'
}

/** Encoding and locale as the real one has them: text sorts and compares alike. Columns differ by major version. */
async function createStatement(server: Server, name: string): Promise<string> {
  const [row] = await ask(asking(server), {
    what: 'read the locale of',
    code: 'dump-failed',
    sql: `SELECT json_build_array(pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, t.spcname, coalesce(j->>'datlocprovider', 'c'),
      coalesce(j->>'datlocale', j->>'daticulocale', ''), coalesce(j->>'daticurules', ''))
      FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace, to_jsonb(d) j WHERE d.datname = current_database();`,
  })
  const [encoding = '', collate = '', ctype = '', tablespace = '', provider = '', locale = '', rules = ''] = row ?? []
  return [
    `CREATE DATABASE ${identifier(name)} TEMPLATE template0 ENCODING ${literal(encoding)} LC_COLLATE ${literal(collate)} LC_CTYPE ${literal(ctype)}`,
    ...(provider === 'i' ? [`LOCALE_PROVIDER icu ICU_LOCALE ${literal(locale)}`] : []),
    ...(provider === 'b' ? [`LOCALE_PROVIDER builtin BUILTIN_LOCALE ${literal(locale)}`] : []),
    ...(rules === '' ? [] : [`ICU_RULES ${literal(rules)}`]),
    `TABLESPACE ${identifier(tablespace)}`,
  ].join(' ')
}
