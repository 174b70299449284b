import type { Through } from '../../../domain/backup.js'
import type { Ambient } from '../../../ports/ambient.js'
import { addressOf, type Address } from './address.js'
import { clientsMissing, clientsTooOld, fittingClients, installedClients, type Clients } from './clients.js'
import { ask, type Asking } from './psql.js'
import { leadThrough } from './through/index.js'
import { trusting } from './trust.js'

/** The server, as it said itself, and the clients that fit it. */
export interface Server {
  readonly address: Address
  readonly clients: Clients
  readonly version: string
  readonly major: number
  /** Its `process` runs client programs where they are, see `local`; all else on this machine. */
  readonly ambient: Ambient
  /** The client programs run on this machine and see its files. */
  readonly local: boolean
}

/** How a database is reached. */
export interface Reach {
  /** Secret. */
  readonly url: string
  /** For people; `host:port/name` when absent. */
  readonly label?: string
  readonly through?: Through
  /** PEM of who signed the server's certificate. */
  readonly ca?: string
  /** The major that clients must have at least, whatever the server is. */
  readonly atLeast?: number
}

/** Finds clients, asks the server for its version and chooses; once for all who ask. */
export function serverOf(reach: Reach, ambient: Ambient): () => Promise<Server> {
  const address = addressOf(reach.url, reach.label)
  for (const secret of address.secrets) ambient.mask(secret)
  let known: Promise<Server> | undefined
  return () => {
    known ??= meet(address, reach, ambient).catch((thrown: unknown) => {
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

async function meet(given: Address, { through, ca, atLeast = 0 }: Reach, outer: Ambient): Promise<Server> {
  const address = await trusting(given, { ca, through }, outer)
  const led = through === undefined ? undefined : await leadThrough(through, address, outer)
  const ambient = led?.ambient ?? outer
  const installed = led === undefined ? await installedClients(ambient) : [led.clients]
  const [first] = installed
  if (first === undefined) throw await clientsMissing(ambient)
  const [row] = await ask({ psql: first.psql, address, process: ambient.process }, {
    what: 'connect to',
    code: 'database-unreachable',
    sql: `SELECT json_build_array(current_setting('server_version'), current_setting('server_version_num'))`,
  })
  const [version = '', number = ''] = row ?? []
  const major = Math.floor(Number(number) / 10_000)
  const clients = fittingClients(installed, Math.max(major, atLeast)) ?? (atLeast > major ? fittingClients(installed, major) : undefined)
  if (clients === undefined) throw await clientsTooOld(installed, { version: version.split(' ')[0]!, major }, { ambient, ...(led === undefined ? {} : { place: led.place, newer: led.newer }) })
  return { address, clients, version: version.split(' ')[0]!, major, ambient, local: led === undefined }
}
