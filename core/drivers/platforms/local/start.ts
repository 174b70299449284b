import { decodeFailure, decodeText, type LocalPlaces, type ServerCard, type ServerOptions } from '../../../domain/local-control/index.js'
import { RemoteError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import { SERVICE, type Connection } from './connection.js'
import { faultOf } from './faults.js'

const START_WITHIN_MS = 60_000
/** A server that ends because another one is already starting leaves it so long to answer. */
const OTHER_WITHIN_MS = 15_000
const LOOK_EVERY_MS = 10

export interface StartGiven {
  readonly environment: string
  /** Absolute. */
  readonly state: string
  readonly options: ServerOptions
}

/** Starts a server that outlives us and waits until it, or one that somebody else started meanwhile, answers. */
export async function startServer(given: StartGiven, places: LocalPlaces, connection: Connection, ambient: Ambient): Promise<ServerCard> {
  const { clock, signal } = ambient
  await ambient.files.makeFolder(places.folder, { mode: 0o700 })
  // In a container the new server may get the number of one that failed there before.
  await ambient.files.remove(places.failure)
  const { pid } = await ambient.process.detach({
    argv: [ambient.paths.node, `${ambient.paths.dist}/local/index.js`, ...flagsOf(given)], env: {}, cwd: places.folder, logFile: places.log,
  })
  let limit = clock.now() + START_WITHIN_MS
  while (clock.now() < limit && !signal.aborted) {
    const card = await connection.here()
    if (card !== undefined) return card
    await refuseFailure(places, pid, ambient)
    if (!ambient.process.alive(pid, '')) limit = Math.min(limit, clock.now() + OTHER_WITHIN_MS)
    await clock.sleep(LOOK_EVERY_MS, signal)
  }
  throw new RemoteError(signal.aborted ? 'aborted' : 'platform-unreachable', {
    message: `The local server of environment \`${given.environment}\` (process ${pid}) did not come up.`,
    fix: `Read \`${places.log}\`.`, service: SERVICE, operation: 'start',
  })
}

function flagsOf({ state, environment, options }: StartGiven): readonly string[] {
  return [
    '--state', state, '--environment', environment, '--port', String(options.port), '--sticky', String(options.sticky),
    '--drain-ms', String(options.drainMs), '--keep', String(options.keep), '--health-path', options.healthPath,
    ...(options.metricsPort === undefined ? [] : ['--metrics-port', String(options.metricsPort)]),
  ]
}

async function refuseFailure(places: LocalPlaces, pid: number, ambient: Ambient): Promise<void> {
  const text = await ambient.files.textIfThere(places.failure)
  if (text === undefined) return
  const failure = decodeText(decodeFailure, text, places.failure)
  if (failure.pid === pid) throw faultOf(failure, 'start', undefined)
}
