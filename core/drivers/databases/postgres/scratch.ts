import { messageOf, RemoteError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { DatabaseTraits, Scratch, Taken } from '../../../ports/database.js'
import { beginSnapshot, takeFingerprint } from './fingerprint.js'
import { notOfExtension, users } from './outline-sql.js'
import { abandoned, isScratch, ownerText, scratchName } from './ownership.js'
import { ask, identifier, literal, openSession } from './psql.js'
import { restoreInto } from './restore.js'
import { asking, type Server } from './server.js'
import { MAY_END, OTHERS } from './sessions.js'
import { createStatement, readTraits } from './traits.js'

/** Connections that restore side by side, unless said. */
const USUAL_JOBS = 2
const CREATE_MS = 5 * 60_000
/** A cancelled run has ten seconds; dropping must fit in. The server goes on when its client is gone. */
const DROP_MS = 7000

/** A scratch database and whether it has the owners and privileges of the real one. */
export interface OwnScratch extends Scratch {
  readonly faithful: boolean
}

/**
 * Makes a database like the real one in everything but what is in it. With `traits` of a database of another server, where its
 * roles and tablespaces are not to be expected: then without owners and privileges.
 */
export async function makeScratch(server: Server, traits?: DatabaseTraits): Promise<OwnScratch> {
  const { ambient } = server
  const now = ambient.clock.now()
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(4))).toString('hex')
  const name = scratchName(ambient.run.id, now, random)
  ambient.remember('scratch', name)
  const faithful = traits === undefined && (await strangers(server)).length === 0
  const like = traits === undefined ? await readTraits(server) : { ...traits, tablespace: 'pg_default' }
  await create(server, name, { now, like })
  const empty = async (): Promise<void> => {
    await dropScratch(server, name, ambient)
    await create(server, name, { now, like })
  }
  return {
    name,
    faithful,
    restore: (content, how) => restoreInto(server, { name, faithful, empty, jobs: USUAL_JOBS, ...how }, content),
    fingerprint: async (what) => (await inspect(server, name, what?.checksums)).fingerprint,
    outline: async () => (await inspect(server, name)).outline,
    async drop() {
      await dropScratch(server, name, ambient.shielded(ambient.signal.aborted ? DROP_MS : CREATE_MS))
      ambient.remember('scratch', '')
    },
  }
}

async function create(server: Server, name: string, { now, like }: { readonly now: number; readonly like: DatabaseTraits }): Promise<void> {
  const { ambient } = server
  try {
    await ask(asking(server), {
      what: 'make a scratch database on the server of',
      code: 'database-refused',
      fix: 'Give the user of the database the right CREATEDB, and look whether the server can be written to.',
      sql: `${createStatement(name, like, server.major)};\nCOMMENT ON DATABASE ${identifier(name)} IS ${literal(ownerText(ambient.run, now))};`,
      timeoutMs: CREATE_MS,
      writes: true,
    })
  } catch (thrown) {
    // Stopped in the middle, the server may still be at it. What stays all the same is swept later.
    await dropScratch(server, name, ambient.shielded(DROP_MS)).catch((left: unknown) => ambient.log.debug(messageOf(left)))
    throw thrown
  }
}

/** Ends whoever makes or fills it first: a client that was killed leaves its server process at work. */
export async function dropScratch(server: Server, name: string, around: Ambient): Promise<void> {
  const wait = server.major >= 14 ? ', 3000' : ''
  const atWork = `a.datname = ${literal(name)} OR (a.usename = current_user AND strpos(a.query, ${literal(name)}) > 0)`
  const about = { what: `drop the scratch database \`${name}\` on the server of`, code: 'database-refused', writes: true } as const
  const drop = `DROP DATABASE IF EXISTS ${identifier(name)}`
  // Thousands of tables are thousands of files.
  const ended = async (sql: string): Promise<unknown> => ask(asking(server, around), { ...about, sql, timeoutMs: CREATE_MS })
  try {
    await ended(`SELECT json_build_array(pg_terminate_backend(a.pid${wait})::text) FROM pg_stat_activity a WHERE ${OTHERS} AND ${MAY_END} AND (${atWork});
      ${drop}${server.major >= 13 ? ' WITH (FORCE)' : ''};`)
  } catch (thrown) {
    if (!(thrown instanceof RemoteError) || !/terminate process|pg_signal_backend/.test(thrown.message)) throw thrown
    // Forced, it ends all or fails; not forced, it waits for who goes by himself, as autovacuum does.
    await ended(`${drop};`)
  }
}

/** Drops what dead runs left, and the one that is named. One that can not be dropped is told and does not keep the others. */
export async function sweepScratches(server: Server, named: string | undefined): Promise<readonly string[]> {
  const { ambient } = server
  const found = await ask(asking(server), {
    what: 'look for old scratch databases on the server of',
    code: 'database-refused',
    sql: `SELECT json_build_array(datname, coalesce(shobj_description(oid, 'pg_database'), '')) FROM pg_database WHERE datname LIKE 'ecluse\\_scratch\\_%' ORDER BY datname;`,
  })
  const here = { host: ambient.run.host, now: ambient.clock.now() }
  const dropped: string[] = []
  const old = found.filter(([name = '', comment = '']) => abandoned({ name, comment }, here, (pid, started) => ambient.process.alive(pid, started)))
  const doomed = new Set(old.map(([name]) => name!))
  // It may be about to appear.
  if (named !== undefined && isScratch(named)) doomed.add(named)
  for (const name of doomed) {
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

async function inspect(server: Server, database: string, checksums = false): Promise<Taken> {
  const session = openSession(asking(server), { what: `take the fingerprint of the scratch database \`${database}\` of`, code: 'restore-failed', database })
  try {
    await beginSnapshot(session)
    return await takeFingerprint(session, server.ambient.files, { checksums })
  } finally {
    await session.close()
  }
}

/**
 * Owners of whom the user is no member: only a superuser, or a member of them all, can make what belongs to them. What no dump
 * holds does not count (the server's own schemas, an extension's members), nor what comes with something else (a range's functions).
 */
export async function strangers(server: Server): Promise<readonly string[]> {
  const owned = (catalog: string, alias: string, owner: string, schema: string): string =>
    `SELECT ${alias}.${owner} AS owner FROM ${catalog} ${alias} JOIN pg_namespace n ON n.oid = ${alias}.${schema} WHERE ${alias}.oid >= 16384 AND ${users('n')} AND ${notOfExtension(catalog, `${alias}.oid`)}`
  const rows = await ask(asking(server), {
    what: 'read the owners in',
    code: 'dump-failed',
    sql: `SELECT json_build_array(pg_get_userbyid(owner)) FROM (
      SELECT datdba AS owner FROM pg_database WHERE datname = current_database()
      UNION SELECT n.nspowner FROM pg_namespace n WHERE n.oid >= 16384 AND ${users('n')} AND ${notOfExtension('pg_namespace', 'n.oid')}
      UNION ${owned('pg_class', 'c', 'relowner', 'relnamespace')} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      UNION ${owned('pg_proc', 'p', 'proowner', 'pronamespace')} AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')
      UNION ${owned('pg_type', 't', 'typowner', 'typnamespace')} AND t.typtype <> 'm' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
        AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_class k WHERE k.oid = t.typrelid AND k.relkind = 'c'))
    ) owned WHERE NOT pg_has_role(owner, '${server.major >= 16 ? 'SET' : 'MEMBER'}') ORDER BY owner;`,
  })
  return rows.map(([name]) => name!)
}
