import type { DatabaseAbout } from '../../../ports/database.js'
import { ask } from './psql.js'
import { asking, type Server } from './server.js'

export async function about(server: Server): Promise<DatabaseAbout> {
  const { host, port, database: name } = server.address
  const question = { what: 'look at', code: 'database-refused' } as const
  const [row] = await ask(asking(server), {
    ...question,
    sql: `SELECT json_build_array(pg_database_size(current_database())::text, has_function_privilege('pg_control_system()', 'execute')::text);`,
  })
  const [bytes = '', mayRead = ''] = row ?? []
  // Some hosters keep the cluster's own number to themselves; then host, port and name must do.
  const [identity] = mayRead === 'true' ? await ask(asking(server), { ...question, sql: 'SELECT json_build_array(system_identifier::text) FROM pg_control_system();' }) : []
  return { host, port, name, systemIdentifier: identity?.[0] ?? '', serverVersion: server.version, clientVersion: server.clients.version, bytes: Number(bytes) }
}
