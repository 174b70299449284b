import { RemoteError } from '../../../errors/families.js'
import { ask, identifier, literal, type Row } from './psql.js'
import { asking, type Server } from './server.js'

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

/** Carries out one after the other, each by itself. Returns what was refused, and the server's words. */
export async function oneByOne(server: Server, statements: readonly string[], how: { readonly what: string; readonly undo?: true }): Promise<readonly string[]> {
  const refused: string[] = []
  for (const statement of statements) {
    const sql = `BEGIN;\n${statement};\n${how.undo === true ? 'ROLLBACK' : 'COMMIT'};`
    try {
      await ask(asking(server), { what: how.what, code: 'database-refused', sql, writes: true })
    } catch (thrown) {
      if (!(thrown instanceof RemoteError) || thrown.code !== 'database-refused') throw thrown
      refused.push(`\`${statement}\`: ${/"(?:.*?ERROR:\s+)?(.*)"\.$/.exec(thrown.message)?.[1] ?? thrown.message}`)
    }
  }
  return refused
}

function setting([, role, key = '', value = '']: Row, name: string): string {
  const whom = role === '' ? `DATABASE ${name}` : `ROLE ${role} IN DATABASE ${name}`
  return `ALTER ${whom} SET ${key.split('.').map(identifier).join('.')} TO ${LISTS.includes(key) ? list(value) : literal(value)}`
}

/** As literals: an empty name is stored as `""`, which no statement takes. */
function list(value: string): string {
  const names = [...value.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)].map(([bare, quoted]) => literal(quoted?.replaceAll('""', '"') ?? bare))
  return names.length === 0 ? literal('') : names.join(', ')
}
