import { InputError, RemoteError, StateError } from '../../../errors/families.js'
import { LONGEST_NAME } from './ownership.js'
import { oneByOne, propertiesFor } from './properties.js'
import { ask, identifier, literal } from './psql.js'
import { asking, type Server } from './server.js'

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
  const rename = `ALTER DATABASE ${identifier(copy)} RENAME TO ${identifier(name)}`
  const carryOut = async (statements: readonly string[]): Promise<void> => {
    try {
      await ask(asking(server), { ...about, sql: `${statements.join(';\n')};`, timeoutMs: RENAME_MS, writes: true })
    } catch (thrown) {
      // Somebody was faster.
      if (thrown instanceof Error && thrown.message.includes(`database "${name}" already exists`)) throw alreadyThere(server, name)
      throw thrown
    }
  }
  try {
    await carryOut(['BEGIN', ...properties, rename, 'COMMIT'])
  } catch (thrown) {
    if (!(thrown instanceof RemoteError) || thrown.code !== 'database-refused' || !faithful) throw thrown
    // Settings of an administrator: the data is what was asked for, and nobody uses it yet.
    await carryOut([rename])
    const refused = await oneByOne(server, await propertiesFor(server, name), { what: `give \`${name}\` the settings of` })
    for (const told of refused) server.ambient.log.warn(`The database \`${name}\` does not have all that the real one has. The server refused ${told}`)
  }
}

function alreadyThere({ address }: Server, name: string): StateError {
  return new StateError('database-exists', { message: `Could not name the restored copy \`${name}\`: a database of that name is already on the server of \`${address.label}\`.` })
}
