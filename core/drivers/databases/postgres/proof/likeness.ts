import { InputError, RemoteError, type Problem } from '../../../../errors/families.js'
import type { DatabaseTraits } from '../../../../ports/database.js'
import { ask, identifier } from '../psql.js'
import { makeScratch, type OwnScratch } from '../scratch.js'
import { asking, type Server } from '../server.js'

interface There {
  /** For people. */
  readonly place: string
  /** It was started for this proof alone, so that roles can be made in it. */
  readonly ours: boolean
}

/** A scratch database on another server, once it is known that it can hold a copy. */
export async function scratchLike(like: DatabaseTraits, original: Server, server: Server, there: There): Promise<OwnScratch> {
  await likeOriginal(original, server, there)
  try {
    return await makeScratch(server, like)
  } catch (thrown) {
    if (!(thrown instanceof RemoteError) || !/locale|LC_C(?:OLLATE|TYPE)/.test(thrown.message)) throw thrown
    throw lacking(there.place, `the locale \`${like.locale === '' ? like.collate : like.locale}\` of the original`, 'Install the locale there (Debian: `locales`), or prove backups on the same server: text would sort differently.')
  }
}

/** Whether another server can hold a copy at all, found out before anything is restored: its version, extensions, roles. */
async function likeOriginal(original: Server, server: Server, there: There): Promise<void> {
  const { place, ours } = there
  const needed = await needs(original)
  const has = await offers(server)
  const extensions = needed.extensions.filter((name) => !has.extensions.includes(name))
  const roles = needed.roles.filter((name) => !has.roles.includes(name))
  const [first, ...rest] = [
    ...(server.major < original.major ? [tooOld(original, server, place)] : []),
    ...(server.clients.major < original.clients.major ? [clientTooOld(original, server, place)] : []),
  ]
  if (first !== undefined) throw new InputError([first, ...rest])
  if (extensions.length > 0) throw lacking(place, `the extension${extensions.length > 1 ? 's' : ''} ${listed(extensions)}`, `Install what brings ${listed(extensions)} for PostgreSQL ${server.major} there, or prove backups on the same server.`)
  if (roles.length === 0) return
  // Policies of row-level security and user mappings name roles; a dump has none.
  if (!ours) throw lacking(place, `the role${roles.length > 1 ? 's' : ''} ${listed(roles)}, which policies or user mappings name`, `Make them there: ${roles.map((name) => `\`CREATE ROLE ${identifier(name)}\``).join(', ')}.`)
  await ask(asking(server), { what: 'make the roles of the original in', code: 'database-refused', sql: roles.map((name) => `CREATE ROLE ${identifier(name)};`).join('\n') })
}

async function needs(original: Server): Promise<{ readonly extensions: readonly string[]; readonly roles: readonly string[] }> {
  const rows = await ask(asking(original), {
    what: 'look for extensions and roles that are named in',
    code: 'database-refused',
    sql: `SELECT json_build_array('extension', extname) FROM pg_extension WHERE extname <> 'plpgsql';
      SELECT json_build_array('role', pg_get_userbyid(role)) FROM (SELECT unnest(polroles) AS role FROM pg_policy UNION SELECT umuser FROM pg_user_mappings) named
        WHERE role <> 0 AND EXISTS (SELECT FROM pg_roles r WHERE r.oid = role);`,
  })
  return { extensions: of(rows, 'extension'), roles: of(rows, 'role') }
}

async function offers(server: Server): Promise<{ readonly extensions: readonly string[]; readonly roles: readonly string[] }> {
  const rows = await ask(asking(server), {
    what: 'look for extensions and roles of',
    code: 'database-refused',
    sql: `SELECT json_build_array('extension', name) FROM pg_available_extensions; SELECT json_build_array('role', rolname) FROM pg_roles;`,
  })
  return { extensions: of(rows, 'extension'), roles: of(rows, 'role') }
}

function of(rows: readonly (readonly string[])[], kind: string): readonly string[] {
  return [...new Set(rows.filter(([found]) => found === kind).map(([, name]) => name!))].toSorted()
}

function tooOld(original: Server, server: Server, place: string): Problem {
  return {
    code: 'input-invalid', message: `Backups of PostgreSQL ${original.version} can not be proven in ${place}, which is PostgreSQL ${server.version}: an older server does not take them.`,
    fix: `Set \`backup.verify-in\` to a PostgreSQL ${original.major} or newer.`,
  }
}

function clientTooOld(original: Server, server: Server, place: string): Problem {
  return {
    code: 'client-too-old', message: `Dumps are written by \`pg_dump\` ${original.clients.version}, and the \`pg_restore\` for ${place} is ${server.clients.version}: it can not read them.`,
    fix: `Use client programs of PostgreSQL ${original.clients.major} for both.`,
  }
}

function lacking(place: string, what: string, fix: string): RemoteError {
  return new RemoteError('restore-failed', { service: 'PostgreSQL', operation: 'prove the backup', message: `The backup can not be restored in ${place}: it does not have ${what}.`, fix })
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}
