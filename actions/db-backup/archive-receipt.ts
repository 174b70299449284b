import { receiptId } from '../../core/delivery/backup/naming.js'
import type { Receipt } from '../../core/domain/receipt.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { ArchiveRequest } from './archive.js'
import type { ArchiveFacts } from './archive-report.js'

/** Counted by nobody: a backup that was taken at its word, or read and not restored. */
const NOT_COUNTED: Receipt['fingerprint'] = { schema: '', rows: {}, sequences: {}, extensions: {}, largeObjects: 0 }

/** Proof of one backup of the archive. Its data is that of the moment it was compared at; the archive has all changes since. */
export function archiveReceipt(request: ArchiveRequest, facts: ArchiveFacts, ambient: Ambient): Receipt {
  const { about, backup, verified, listedAt } = facts
  const { host, port, database: name, systemIdentifier } = about!
  const { id, attempt, actor, url } = ambient.run
  const takenAt = facts.moment ?? backup!.endedAt
  return {
    format: 1,
    id: receiptId(request.environment, takenAt, ambient),
    app: request.app,
    environment: request.environment,
    version: facts.version ?? '',
    database: { host, port, name, systemIdentifier },
    store: about!.place,
    object: backup!.label,
    bytes: backup!.bytes,
    // pgBackRest has one of each file, and has just compared them.
    sha256: '',
    compression: 'pgbackrest',
    takenAt: iso(takenAt),
    dumpMs: Math.round(facts.dumpMs ?? 0),
    clientVersion: about!.version,
    serverVersion: about!.serverVersion,
    schemaRevision: facts.revision ?? '',
    fingerprint: verified?.fingerprint ?? NOT_COUNTED,
    verified: verified === undefined ? null : { at: iso(verified.at), how: 'restored', restoreMs: Math.round(verified.restoreMs), where: verified.where },
    kind: 'archive',
    ...(verified === undefined || facts.position === undefined ? {} : { moment: { position: facts.position, exact: facts.exact === true } }),
    ...(listedAt === undefined ? {} : { listed: { at: iso(listedAt), entries: 0 } }),
    by: { run: attempt === 1 ? id : `${id} (attempt ${attempt})`, actor, url },
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
