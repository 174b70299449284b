import { StateError } from '../../../errors/families.js'
import { oneByOne, propertiesFor } from './properties.js'
import { ask, identifier } from './psql.js'
import { strangers } from './scratch.js'
import { asking, type Server } from './server.js'
import { MAY_END, OTHERS } from './sessions.js'
import { meetingPlace } from './swap.js'

const MOST_NAMED = 3
/** As long as the server waits for others when a database is renamed. */
const OTHERS_MS = 5000
const LOOK_EVERY_MS = 500

interface Missing {
  readonly observed: string
  readonly fix: string
}

/** What `swap` needs, looked at before hours are spent on a copy; says all that is missing. */
export async function refuseReplacement(server: Server): Promise<void> {
  const lacking = await rights(server)
  const missing = [
    ...lacking,
    // Of a database that is another's, every single one would be refused.
    ...(lacking.length === 0 ? await settings(server) : []),
    ...(await place(server)),
    ...(await inTheWay(server)),
  ]
  if (missing.length === 0) return
  throw new StateError('database-refused', {
    message: `A backup could not be put in the place of \`${server.address.label}\`: ${missing.map(({ observed }) => observed).join('; ')}.`,
    fix: missing.map(({ fix }) => fix).join(' '),
  })
}

async function rights(server: Server): Promise<readonly Missing[]> {
  const user = server.address.env['PGUSER'] ?? ''
  const rows = await ask(asking(server), {
    what: 'look at the rights in',
    code: 'database-refused',
    sql: `SELECT json_build_array('owner', pg_get_userbyid(datdba)) FROM pg_database WHERE datname = current_database() AND NOT pg_has_role(datdba, 'USAGE');
      SELECT json_build_array('create', rolname) FROM pg_roles WHERE rolname = current_user AND NOT rolsuper AND NOT rolcreatedb;`,
  })
  const owner = rows.find(([kind]) => kind === 'owner')?.[1]
  const others = (await strangers(server)).filter((name) => name !== owner)
  return [
    ...(owner === undefined ? [] : [{ observed: `it belongs to \`${owner}\`, and \`${user}\` is no member of that role`, fix: `GRANT ${identifier(owner)} TO ${identifier(user)}, or restore as the owner.` }]),
    ...(rows.some(([kind]) => kind === 'create') ? [{ observed: `\`${user}\` may not make and rename databases`, fix: `ALTER ROLE ${identifier(user)} CREATEDB.` }] : []),
    ...(others.length === 0 ? [] : [{ observed: `objects in it belong to ${named(others)}, to whom \`${user}\` may not give any`, fix: `GRANT ${others.map(identifier).join(', ')} TO ${identifier(user)}, or restore as a superuser.` }]),
  ]
}

async function place(server: Server): Promise<readonly Missing[]> {
  try {
    await meetingPlace(server)
    return []
  } catch (thrown) {
    if (!(thrown instanceof StateError)) throw thrown
    return [{ observed: 'there is no other database to rename it from', fix: thrown.fix }]
  }
}

/** What keeps a database from being renamed, and does not go when it is asked to. A look that somebody takes in passing does not count. */
async function inTheWay(server: Server): Promise<readonly Missing[]> {
  const { clock, signal } = server.ambient
  const until = clock.now() + OTHERS_MS
  for (;;) {
    const rows = await ask(asking(server), {
      what: 'look for what keeps others from renaming',
      code: 'database-refused',
      sql: `SELECT json_build_array('session', coalesce(a.usename, ''), a.pid::text) FROM pg_stat_activity a WHERE a.datname = current_database() AND ${OTHERS} AND NOT ${MAY_END} ORDER BY a.pid;
        SELECT json_build_array('prepared', gid, '') FROM pg_prepared_xacts WHERE database = current_database() ORDER BY gid;`,
    })
    const [sessions, prepared] = [rows.filter(([kind]) => kind === 'session'), rows.filter(([kind]) => kind === 'prepared').map(([, gid]) => gid!)]
    if (sessions.length > 0 && prepared.length === 0 && clock.now() < until) {
      await clock.sleep(LOOK_EVERY_MS, signal)
      continue
    }
    return [
      ...(sessions.length === 0 ? [] : [{
        observed: `connections that may not be ended are open: ${named(sessions.map(([, user, pid]) => `${user} (process ${pid})`))}`,
        fix: `Close them, or GRANT pg_signal_backend TO ${identifier(server.address.env['PGUSER'] ?? '')}, which ends all but those of superusers.`,
      }]),
      ...(prepared.length === 0 ? [] : [{ observed: `prepared transactions are open: ${named(prepared)}`, fix: 'COMMIT PREPARED or ROLLBACK PREPARED each of them.' }]),
    ]
  }
}

/** Tried on the database itself, which has them already, and taken back: nobody else sees it. */
async function settings(server: Server): Promise<readonly Missing[]> {
  const statements = await propertiesFor(server, server.address.database)
  const refused = await oneByOne(server, statements, { what: 'try the settings of', undo: true })
  return refused.length === 0 ? [] : [{ observed: `settings that the copy must get may not be set: ${refused.join(', ')}`, fix: 'Restore as a user that may set them, or RESET them for the time of the restore.' }]
}

function named(names: readonly string[]): string {
  const more = names.length - MOST_NAMED
  return [...names.slice(0, MOST_NAMED).map((name) => `\`${name}\``), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}
