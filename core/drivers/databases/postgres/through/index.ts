import type { Through } from '../../../../domain/backup.js'
import { ProcessError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Address } from '../address.js'
import { versionIn, type Clients } from '../clients.js'
import { composeWay, containerWay } from './container.js'
import { imageWay } from './image.js'
import { podWay } from './pod.js'
import { led } from './processes.js'
import { PROGRAMS, type Way } from './way.js'

const LOOK_MS = 60_000

export interface Led {
  /** Runs `psql`, `pg_dump` and `pg_restore` there, and everything else here. */
  readonly ambient: Ambient
  readonly clients: Clients
  readonly place: string
  readonly newer: (major: number) => string
}

/** Finds the place and the clients in it. */
export async function leadThrough(through: Through, address: Address, ambient: Ambient): Promise<Led> {
  const way = await openWay(through, address, ambient)
  const there = led(way, address, ambient)
  return { ambient: there, clients: await clientsIn(way, there), place: way.place, newer: way.newer }
}

async function openWay(through: Through, address: Address, ambient: Ambient): Promise<Way> {
  if (through.kind === 'docker') return containerWay(through.container)
  if (through.kind === 'compose') return composeWay(through, ambient)
  return through.kind === 'image' ? imageWay(through.image, address, ambient) : podWay(through, address)
}

async function clientsIn(way: Way, there: Ambient): Promise<Clients> {
  const said = await Promise.all(PROGRAMS.map((program) => there.process.run({
    what: `look for \`${program}\` in ${way.place}`, argv: [program, '--version'], timeoutMs: LOOK_MS,
  })))
  const version = versionIn(said[1]?.stdout ?? '')
  if (version !== undefined) return { psql: 'psql', pgDump: 'pg_dump', pgRestore: 'pg_restore', ...version }
  throw new ProcessError('program-failed', {
    message: `Could not read the version of \`pg_dump\` in ${way.place}: it says none.`, fix: 'Look whether it is the one of PostgreSQL.', argv: ['pg_dump', '--version'], tail: [],
  })
}
