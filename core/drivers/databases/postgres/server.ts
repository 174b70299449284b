import type { Ambient } from '../../../ports/ambient.js'
import { addressOf, type Address } from './address.js'
import { clientsMissing, clientsTooOld, fittingClients, installedClients, type Clients } from './clients.js'
import { ask, type Asking } from './psql.js'

/** The server, as it said itself, and the clients that fit it. */
export interface Server {
  readonly address: Address
  readonly clients: Clients
  readonly version: string
  readonly major: number
  readonly ambient: Ambient
}

/** Finds clients, asks the server for its version and chooses; once for all who ask. */
export function serverOf(options: { readonly url: string; readonly label?: string }, ambient: Ambient): () => Promise<Server> {
  const address = addressOf(options.url, options.label)
  for (const secret of address.secrets) ambient.mask(secret)
  let known: Promise<Server> | undefined
  return () => {
    known ??= meet(address, ambient).catch((thrown: unknown) => {
      // A server that was away may be back for the next question.
      known = undefined
      throw thrown
    })
    return known
  }
}

/** How to ask this server, through the processes of the given surroundings. */
export function asking(server: Server, ambient: Ambient = server.ambient): Asking {
  return { psql: server.clients.psql, address: server.address, process: ambient.process }
}

async function meet(address: Address, ambient: Ambient): Promise<Server> {
  const installed = await installedClients(ambient)
  const [first] = installed
  if (first === undefined) throw clientsMissing()
  const [row] = await ask({ psql: first.psql, address, process: ambient.process }, {
    what: 'connect to',
    code: 'database-unreachable',
    sql: `SELECT json_build_array(current_setting('server_version'), current_setting('server_version_num'))`,
  })
  const [version = '', number = ''] = row ?? []
  const major = Math.floor(Number(number) / 10_000)
  const clients = fittingClients(installed, major)
  if (clients === undefined) throw clientsTooOld(installed, { version, major })
  return { address, clients, version: version.split(' ')[0]!, major, ambient }
}
