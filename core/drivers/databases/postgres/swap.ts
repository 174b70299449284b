import { messageOf, StateError } from '../../../errors/families.js'
import { keptName } from './ownership.js'
import { propertiesFor } from './properties.js'
import { ask, identifier, literal, openSession } from './psql.js'
import { asking, type Server } from './server.js'
import { MAY_END, OTHERS } from './sessions.js'
import { assertAlike } from './traits.js'

/** One of these is there on every server; none can be renamed while we are in it. */
const MEETING_PLACES = ['postgres', 'template1', 'defaultdb']
const LOOK_EVERY_MS = 200
const SWAP_MS = 60_000
/** A cancelled run has ten seconds. */
const LOOK_WITHIN_MS = 5000

/**
 * Puts the copy in the place of the real database. Both renames and all that belongs to a database itself (owner,
 * settings, privileges, comment) are one transaction: whoever looks finds the old one or the new one under the name.
 */
export async function swap(server: Server, copy: string, announced?: (kept: string) => Promise<void>): Promise<string> {
  const { address, ambient } = server
  const about = { what: 'put the restored copy in the place of', code: 'database-refused' } as const
  await assertAlike(server, copy)
  const database = await meetingPlace(server)
  const properties = await propertiesFor(server, copy)
  const databases = await ask(asking(server), { ...about, database, sql: 'SELECT json_build_array(datname) FROM pg_database;' })
  const kept = keptName(address.database, ambient.clock.now(), databases.map(([name]) => name!))
  const statements = [
    'BEGIN',
    ...properties,
    // The lock that comes with it keeps new connections out until the end.
    `ALTER DATABASE ${identifier(address.database)} RENAME TO ${identifier(kept)}`,
    `ALTER DATABASE ${identifier(copy)} RENAME TO ${identifier(address.database)}`,
    'COMMIT',
  ]
  await announced?.(kept)
  const renaming = new AbortController()
  const swapping = ask(asking(server), { ...about, database, sql: `${statements.join(';\n')};`, timeoutMs: SWAP_MS, writes: true }).finally(() => renaming.abort())
  const [swapped] = await Promise.allSettled([swapping, sendAway(server, database, [address.database, copy], renaming.signal)])
  if (swapped.status === 'fulfilled') return kept
  const there = await arrived(server, { kept, copy })
  if (there === 'unknown') throw nobodyKnows(server, kept, swapped.reason)
  if (there === 'no') throw swapped.reason
  return kept
}

/** Whoever is stopped while the server carries out the last statement does not hear how it went: the names tell. */
async function arrived(server: Server, { kept, copy }: { readonly kept: string; readonly copy: string }): Promise<'yes' | 'no' | 'unknown'> {
  const sql = `SELECT json_build_array(datname) FROM pg_database WHERE datname IN (${literal(kept)}, ${literal(copy)});`
  try {
    const names = await ask(asking(server, server.ambient.shielded(LOOK_WITHIN_MS)), { what: 'look which database is there on the server of', code: 'database-refused', sql })
    return names.length === 1 && names[0]![0] === kept ? 'yes' : 'no'
  } catch (thrown) {
    server.ambient.log.warn(`Nobody could look whether the databases were swapped: ${messageOf(thrown)}`)
    return 'unknown'
  }
}

function nobodyKnows({ address }: Server, kept: string, why: unknown): StateError {
  return new StateError('replacement-unknown', {
    message: `Could not see whether \`${address.label}\` was replaced: ${messageOf(why)} Either the restored copy serves and what was there before is kept as \`${kept}\`, or nothing changed and there is no \`${kept}\`.`,
    fix: `Look whether there is a database named \`${kept}\` once the server answers: if so, it was replaced.`,
    cause: why,
  })
}

/** The server waits five seconds for the last connection to go; pools do not go by themselves. */
async function sendAway(server: Server, database: string, names: readonly string[], done: AbortSignal): Promise<void> {
  const session = openSession(asking(server), { what: 'end the connections to', code: 'database-refused', database })
  try {
    const told = new Set<string>()
    while (!done.aborted) {
      const rows = await session.ask(`SELECT json_build_array(a.pid::text, coalesce(a.usename, ''), CASE WHEN ${MAY_END} THEN pg_terminate_backend(a.pid)::text ELSE 'refused' END)
        FROM pg_stat_activity a WHERE a.datname IN (${names.map(literal).join(', ')}) AND ${OTHERS}`)
      for (const [pid = '', user = ''] of rows.filter((row) => row[2] === 'refused' && !told.has(row[0]!))) {
        told.add(pid)
        server.ambient.log.warn(`The connection of \`${user}\` (process ${pid}) can not be ended by this user. It may go by itself; while it is there, nothing is renamed.`)
      }
      await server.ambient.clock.sleep(LOOK_EVERY_MS, done)
    }
  } catch (thrown) {
    // They may go by themselves, and the rename says whether they did.
    server.ambient.log.warn(messageOf(thrown))
  } finally {
    await session.close()
  }
}

export async function meetingPlace(server: Server): Promise<string> {
  const rows = await ask(asking(server), {
    what: 'look for another database on the server of',
    code: 'database-refused',
    sql: `SELECT json_build_array(datname) FROM pg_database
      WHERE datallowconn AND datname IN (${MEETING_PLACES.map(literal).join(', ')}) AND has_database_privilege(datname, 'CONNECT');`,
  })
  const names = rows.map(([name]) => name!)
  const found = MEETING_PLACES.find((name) => name !== server.address.database && names.includes(name))
  if (found !== undefined) return found
  throw new StateError('database-refused', {
    message: `Could not swap \`${server.address.label}\`: there is no other database to rename it from (looked for ${MEETING_PLACES.join(', ')}).`,
    fix: 'Make an empty database named `postgres`, or give the user the right to connect to it.',
  })
}
