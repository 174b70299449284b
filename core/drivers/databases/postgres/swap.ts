import { messageOf, RemoteError, StateError } from '../../../errors/families.js'
import { keptName } from './ownership.js'
import { ask, identifier, literal, openSession, type Row } from './psql.js'
import { asking, type Server } from './server.js'

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
  const kept = keptName(address.database, ambient.clock.now())
  const about = { what: 'put the restored copy in the place of', code: 'database-refused' } as const
  const database = await meetingPlace(server)
  const properties = await propertiesFor(server, copy)
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
  const swapping = ask(asking(server), { ...about, database, sql: `${statements.join(';\n')};`, timeoutMs: SWAP_MS }).finally(() => renaming.abort())
  const [swapped] = await Promise.allSettled([swapping, sendAway(server, database, [address.database, copy], renaming.signal)])
  if (swapped.status === 'rejected' && !(await arrived(server, { kept, copy }))) throw swapped.reason
  return kept
}

/** Whoever is stopped while the server carries out the last statement does not hear how it went: the names tell. */
async function arrived(server: Server, { kept, copy }: { readonly kept: string; readonly copy: string }): Promise<boolean> {
  const sql = `SELECT json_build_array(datname) FROM pg_database WHERE datname IN (${literal(kept)}, ${literal(copy)});`
  try {
    const names = await ask(asking(server, server.ambient.shielded(LOOK_WITHIN_MS)), { what: 'look which database is there on the server of', code: 'database-refused', sql })
    return names.length === 1 && names[0]![0] === kept
  } catch (thrown) {
    server.ambient.log.warn(`Nobody could look whether the databases were swapped: ${messageOf(thrown)}`)
    return false
  }
}

/** The server waits five seconds for the last connection to go; pools do not go by themselves. */
async function sendAway(server: Server, database: string, names: readonly string[], done: AbortSignal): Promise<void> {
  const session = openSession(asking(server), { what: 'end the connections to', code: 'database-refused', database })
  try {
    while (!done.aborted) {
      await session.ask(`SELECT json_build_array(pg_terminate_backend(pid)::text) FROM pg_stat_activity
        WHERE datname IN (${names.map(literal).join(', ')}) AND pid <> pg_backend_pid()`)
      await server.ambient.clock.sleep(LOOK_EVERY_MS, done)
    }
  } catch (thrown) {
    // Not allowed to end somebody's connection: it may go by itself, and the rename says whether it did.
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

/** Settings whose value is a list of names already in quotes. */
const LISTS = ['search_path', 'session_preload_libraries', 'local_preload_libraries', 'shared_preload_libraries', 'temp_tablespaces', 'unix_socket_directories']

/** What a dump does not hold, because it belongs to the database and not to what is in it. */
export async function propertiesFor(server: Server, copy: string): Promise<readonly string[]> {
  const sql = `
    SELECT json_build_array('owner', quote_ident(pg_get_userbyid(datdba)), datconnlimit::text, coalesce(shobj_description(oid, 'pg_database'), '')) FROM pg_database WHERE datname = current_database();
    SELECT json_build_array('setting', CASE WHEN s.setrole = 0 THEN '' ELSE quote_ident(pg_get_userbyid(s.setrole)) END, split_part(c, '=', 1), substr(c, strpos(c, '=') + 1))
      FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c WHERE d.datname = current_database();
    SELECT json_build_array('grant', CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, a.privilege_type, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
      FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = current_database();
    SELECT json_build_array('closed', '', '', '') FROM pg_database WHERE datname = current_database() AND datacl IS NOT NULL;`
  const rows = await ask(asking(server), { what: 'read the settings of', code: 'database-refused', sql })
  const first = rows.find(([kind]) => kind === 'owner')
  if (first === undefined) throw new RemoteError('database-refused', { service: 'PostgreSQL', operation: 'read the settings', message: `Could not read the settings of \`${server.address.label}\`.` })
  const name = identifier(copy)
  const [, owner, limit, comment] = first
  return [
    `ALTER DATABASE ${name} OWNER TO ${owner}`,
    `ALTER DATABASE ${name} CONNECTION LIMIT ${limit}`,
    `COMMENT ON DATABASE ${name} IS ${comment === '' ? 'NULL' : literal(comment!)}`,
    ...rows.filter(([kind]) => kind === 'setting').map((row) => setting(row, name)),
    ...(rows.some(([kind]) => kind === 'closed') ? [`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`] : []),
    ...rows.filter(([kind]) => kind === 'grant').map(([, grantee, privilege, option]) => `GRANT ${privilege} ON DATABASE ${name} TO ${grantee}${option}`),
  ]
}

function setting([, role, key = '', value = '']: Row, name: string): string {
  const whom = role === '' ? `DATABASE ${name}` : `ROLE ${role} IN DATABASE ${name}`
  return `ALTER ${whom} SET ${key.split('.').map(identifier).join('.')} TO ${LISTS.includes(key) && value !== '' ? value : literal(value)}`
}
