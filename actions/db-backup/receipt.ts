import type { Receipt } from '../../core/domain/receipt.js'
import type { DatabaseAbout } from '../../core/ports/database.js'
import type { Stored, Verified } from './report.js'
import type { BackupRequest } from './request.js'

/** Proof of a backup that was restored. Its fingerprint is the restored copy's: what these very bytes hold. */
export function receiptOf(
  request: BackupRequest,
  known: { readonly about: DatabaseAbout; readonly revision: string; readonly version: string; readonly place: string },
  stored: Stored,
  verified: Verified,
): Receipt {
  const { about } = known
  return {
    format: 1,
    id: stored.id,
    app: request.app,
    environment: request.environment,
    version: known.version,
    database: { host: about.host, port: about.port, name: about.name, systemIdentifier: about.systemIdentifier },
    store: known.place,
    object: stored.object,
    bytes: stored.bytes,
    sha256: stored.sha256,
    compression: stored.compression,
    takenAt: new Date(stored.takenAt).toISOString(),
    dumpMs: Math.round(stored.dumpMs),
    clientVersion: about.clientVersion,
    serverVersion: about.serverVersion,
    schemaRevision: known.revision,
    fingerprint: verified.fingerprint,
    verified: { at: new Date(verified.at).toISOString(), how: 'restored', restoreMs: Math.round(verified.restoreMs) },
  }
}
