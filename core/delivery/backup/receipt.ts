import type { Receipt } from '../../domain/receipt.js'
import type { Ambient } from '../../ports/ambient.js'
import type { BackupFacts, Stored } from './facts.js'
import type { BackupPorts, BackupRequest } from './request.js'

/** Proof of a backup. Its fingerprint is the restored copy's, where there was one: what these very bytes hold. */
export function receiptOf(request: BackupRequest, { store, copy }: Pick<BackupPorts, 'store' | 'copy'>, stored: Stored, facts: BackupFacts, ambient: Ambient): Receipt {
  const { verified, listed } = facts
  const about = facts.about!
  const { id, attempt, actor, url } = ambient.run
  return {
    format: 1,
    id: stored.id,
    app: request.app,
    environment: request.environment,
    version: facts.version ?? '',
    database: { host: about.host, port: about.port, name: about.name, systemIdentifier: about.systemIdentifier },
    store: store.place,
    object: stored.object,
    bytes: stored.bytes,
    sha256: stored.sha256,
    compression: stored.compression,
    takenAt: iso(stored.takenAt),
    dumpMs: Math.round(stored.dumpMs),
    clientVersion: about.clientVersion,
    serverVersion: about.serverVersion,
    schemaRevision: facts.revision ?? '',
    fingerprint: verified?.fingerprint ?? stored.fingerprint,
    verified: verified === undefined ? null : { at: iso(verified.at), how: 'restored', restoreMs: Math.round(verified.restoreMs), ...(verified.where === undefined ? {} : { where: verified.where }) },
    kind: stored.kind,
    ...(stored.encryptedFor === undefined ? {} : { encryptedFor: stored.encryptedFor }),
    ...(copy === undefined ? {} : { copies: [{ store: copy.place }] }),
    ...(listed === undefined ? {} : { listed: { at: iso(listed.at), entries: listed.entries } }),
    by: { run: attempt === 1 ? id : `${id} (attempt ${attempt})`, actor, url },
    ...(request.takenFor === undefined ? {} : { takenFor: request.takenFor }),
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
