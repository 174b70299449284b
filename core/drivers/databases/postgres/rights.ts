import { RemoteError } from '../../../errors/families.js'
import { notOfExtension, users } from './outline-sql.js'
import type { Session } from './psql.js'
import type { Server } from './server.js'

const MOST_NAMED = 5

/** All that a dump would fail on for want of a right, in one question. Only what holds rows is read by a dump. */
const REFUSED = `SELECT json_build_array(why, name) FROM (
  SELECT CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN 'schema' WHEN c.relkind = 'S' THEN 'read' WHEN NOT has_table_privilege(c.oid, 'SELECT') THEN 'read' ELSE 'policy' END AS why,
    CASE WHEN has_schema_privilege(n.oid, 'USAGE') THEN format('%I.%I', n.nspname, c.relname) ELSE quote_ident(n.nspname) END AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'S') AND ${users('n')} AND ${notOfExtension('pg_class', 'c.oid')} AND (NOT has_schema_privilege(n.oid, 'USAGE')
    OR CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'SELECT') ELSE NOT has_table_privilege(c.oid, 'SELECT') OR row_security_active(c.oid) END)
) refused GROUP BY why, name ORDER BY why, name`

/** A dump reads everything or fails: says which rights are missing, all at once and before anything is read. */
export async function assertReadable(session: Session, { address }: Server): Promise<void> {
  const rows = await session.ask(REFUSED)
  const refused = (why: string): readonly string[] => rows.filter(([kind]) => kind === why).map(([, name]) => name!)
  const [schemas, tables, hidden] = [refused('schema'), refused('read'), refused('policy')]
  if (rows.length === 0) return
  const user = address.env['PGUSER'] ?? ''
  const observed = [
    ...(schemas.length + tables.length === 0 ? [] : [`permission denied for ${[...schemas.map((name) => `schema ${name}`), ...named(tables)].slice(0, MOST_NAMED + 1).join(', ')}`]),
    ...(hidden.length === 0 ? [] : [`row-level security hides rows of ${named(hidden).join(', ')} from \`${user}\``]),
  ]
  throw new RemoteError('database-refused', {
    service: 'PostgreSQL',
    operation: 'read what is to be dumped',
    message: `Could not dump \`${address.label}\`: ${observed.join('; ')}.`,
    fix: [
      ...(schemas.length + tables.length === 0 ? [] : [`GRANT pg_read_all_data TO "${user}" (PostgreSQL 14 and newer), or SELECT on what is named.`]),
      ...(hidden.length === 0 ? [] : [`ALTER ROLE "${user}" BYPASSRLS, or dump as the owner of the tables: a dump with rows left out is no backup.`]),
    ].join(' '),
  })
}

function named(names: readonly string[]): readonly string[] {
  const more = names.length - MOST_NAMED
  return more > 0 ? [...names.slice(0, MOST_NAMED), `${more} more`] : names
}
