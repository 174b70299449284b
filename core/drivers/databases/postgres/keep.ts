import { InputError, StateError } from '../../../errors/families.js'
import { LONGEST_NAME } from './ownership.js'
import { ask, identifier, literal } from './psql.js'
import { asking, type Server } from './server.js'
import { propertiesFor } from './swap.js'

const RENAME_MS = 60_000

export interface Keeping {
  readonly copy: string
  readonly name: string
  /** It has the owners of the real database, so that it gets its owner, settings and privileges too. */
  readonly faithful: boolean
}

export async function has(server: Server, name: string): Promise<boolean> {
  const sql = `SELECT json_build_array(datname) FROM pg_database WHERE datname = ${literal(name)};`
  return (await ask(asking(server), { what: `look for a database named \`${name}\` on the server of`, code: 'database-refused', sql })).length > 0
}

/** Gives a restored copy a name for good; from then on no sweep takes it for a leftover. */
export async function keep(server: Server, { copy, name, faithful }: Keeping): Promise<void> {
  if (name === '' || Buffer.byteLength(name) > LONGEST_NAME) {
    throw new InputError([{ code: 'input-invalid', message: `A database can not be named "${name}".`, fix: `Choose a name of 1 to ${LONGEST_NAME} bytes.` }])
  }
  const about = { what: `name the restored copy \`${name}\` on the server of`, code: 'database-refused' } as const
  if (await has(server, name)) throw alreadyThere(server, name)
  const properties = faithful ? await propertiesFor(server, copy) : [`COMMENT ON DATABASE ${identifier(copy)} IS NULL`]
  const statements = ['BEGIN', ...properties, `ALTER DATABASE ${identifier(copy)} RENAME TO ${identifier(name)}`, 'COMMIT']
  try {
    await ask(asking(server), { ...about, sql: `${statements.join(';\n')};`, timeoutMs: RENAME_MS })
  } catch (thrown) {
    // Somebody was faster.
    if (thrown instanceof Error && thrown.message.includes(`database "${name}" already exists`)) throw alreadyThere(server, name)
    throw thrown
  }
}

function alreadyThere({ address }: Server, name: string): StateError {
  return new StateError('database-exists', { message: `Could not name the restored copy \`${name}\`: a database of that name is already on the server of \`${address.label}\`.` })
}
