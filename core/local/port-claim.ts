import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { number, object, text } from '../domain/local-control/decode.js'
import { decodeText } from '../domain/local-control/index.js'
import { StateError } from '../errors/families.js'
import { writeDurably } from './durable.js'
import { errnoOf } from './errno.js'
import type { ServerPlaces } from './places.js'
import { lives, startOf } from './process-identity.js'
import type { Door } from './proxy/door.js'

interface Claim {
  readonly environment: string
  readonly folder: string
  readonly pid: number
  readonly started: string
}

const decodeClaim = object<Claim>({ environment: text, folder: text, pid: number, started: text })

/** Opens the proxy's port and leaves word of whose it is, so that the next who wants it can be told. */
export async function claimPort(places: ServerPlaces, environment: string, door: Door, port: number): Promise<void> {
  const file = path.join(places.shared, `port-${port}.json`)
  try {
    await door.open(port)
  } catch (thrown) {
    const code = errnoOf(thrown)
    if (code === 'EADDRINUSE') throw new StateError('port-taken', { message: `Port ${port} of environment \`${environment}\` is taken${await takenBy(file)}.`, cause: thrown })
    if (code === 'EACCES') throw new StateError('port-taken', { message: `Port ${port} of environment \`${environment}\` may not be opened by this user.`, fix: 'Choose a port above 1023.', cause: thrown })
    throw thrown
  }
  await writeDurably(file, JSON.stringify({ environment, folder: places.folder, pid: process.pid, started: startOf(process.pid) ?? '' } satisfies Claim))
}

async function takenBy(file: string): Promise<string> {
  try {
    const claim = decodeText(decodeClaim, await readFile(file, 'utf8'), file)
    return lives(claim.pid, claim.started) ? ` by Ecluse's own server of environment \`${claim.environment}\` in \`${claim.folder}\`` : ' by another program'
  } catch {
    return ' by another program'
  }
}
