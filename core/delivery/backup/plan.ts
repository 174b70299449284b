import { megabytes } from '../../domain/readable-size.js'
import type { DatabaseAbout } from '../../ports/database.js'
import type { BackupRequest } from './request.js'

interface Place {
  readonly place: string
  readonly room: number | undefined
}

/** What is going to be done, printed before it is. `host`: where the copy is restored. */
export function planOf(request: BackupRequest, about: DatabaseAbout, [store, copy]: readonly Place[], host = ''): readonly string[] {
  const { encryptTo, proof, checksums, keep } = request
  const compared = `compare schema, row counts, sequences, extensions${checksums ? ', large objects and the content of every table' : ' and large objects'}`
  const proofs = {
    restore: `Restore the stored copy into a scratch database on ${host}, ${compared}, drop it again.`,
    list: 'Read the stored copy whole and list what is in it; it is not restored, so it counts as unverified.',
    none: 'Take it at its word: it is neither read nor restored, so it counts as unverified.',
  }
  return [
    `Database \`${about.name}\` on ${about.host}:${about.port} (PostgreSQL ${about.serverVersion}, client ${about.clientVersion}), ${megabytes(about.bytes)} on its server, of environment \`${request.environment}\`.`,
    `Stream a dump of one moment into ${placeOf(store)}${encryptTo.length === 0 ? ', not encrypted' : `, encrypted for ${encryptTo.join(', ')}`}.`,
    proofs[proof],
    ...(copy === undefined ? [] : [`Copy it to ${placeOf(copy)}.`]),
    'Write a receipt only when all of that went well; otherwise remove what was stored.',
    ...(keep === undefined ? [] : [`Keep the newest of ${keep.daily} days, ${keep.weekly} weeks and ${keep.monthly} months; older ones go.`]),
  ]
}

function placeOf(place: Place | undefined): string {
  return place === undefined ? 'nowhere' : `${place.place}${place.room === undefined ? '' : ` (${megabytes(place.room)} free)`}`
}
