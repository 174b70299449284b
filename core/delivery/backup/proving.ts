import { changedVersions, compareFingerprints, compareOutlines } from '../../domain/fingerprint.js'
import type { Ambient } from '../../ports/ambient.js'
import type { ScratchHost } from '../../ports/scratch-host.js'
import { dropped } from '../restore-backup.js'
import { backupContent, type Keys } from './content.js'
import { BackupVerdict, type BackupFacts, type Stored } from './facts.js'
import type { BackupPorts, BackupRequest } from './request.js'

/** The store's own copy, restored beside the real database or elsewhere, and compared with what was dumped. */
export async function proveByRestore(stored: Stored, { request, ports, host, facts }: Proving, scratchMade: () => void, ambient: Ambient): Promise<void> {
  const begun = ambient.clock.now()
  const scratch = await host.scratch(await ports.database.traits())
  try {
    scratchMade()
    await scratch.restore(await contentOf(stored, ports, ambient), { jobs: request.jobs, bytes: stored.bytes })
    const restoreMs = ambient.clock.now() - begun
    const fingerprint = await scratch.fingerprint({ checksums: request.checksums })
    const differences = compareFingerprints(stored.fingerprint, fingerprint, stored.sequences)
    if (differences.length > 0) {
      const schema = stored.fingerprint.schema === fingerprint.schema ? [] : compareOutlines(stored.outline, await scratch.outline())
      facts.differences = [...schema, ...differences.filter(({ kind }) => kind !== 'schema' || schema.length === 0)]
      throw new BackupVerdict('mismatch', `The restored copy differs from the database in ${facts.differences.length} places.`)
    }
    facts.versions = changedVersions(stored.fingerprint, fingerprint)
    const at = ambient.clock.now()
    facts.verified = { at, restoreMs, compareMs: at - begun - restoreMs, fingerprint, ...(request.elsewhere ? { where: host.place } : {}) }
  } finally {
    await dropped(scratch, ambient)
  }
}

/** The store's own copy, read whole without a server: every byte is the one that was written, and the dump lists what it should. */
export async function proveByReading(stored: Stored, ports: Pick<BackupPorts, 'database' | 'store' | 'encryption'>, facts: BackupFacts, ambient: Ambient): Promise<void> {
  const entries = await ports.database.entries(await contentOf(stored, ports, ambient))
  const tables = Object.keys(stored.fingerprint.rows).length
  if (entries < tables) throw new BackupVerdict('backup-corrupt', `The stored dump lists ${entries} objects, and the database has ${tables} tables.`)
  facts.listed = { at: ambient.clock.now(), entries }
}

export interface Proving {
  readonly request: BackupRequest
  readonly ports: BackupPorts
  readonly host: ScratchHost
  readonly facts: BackupFacts
}

async function contentOf(stored: Stored, ports: Pick<BackupPorts, 'store' | 'encryption'>, ambient: Ambient): Promise<AsyncIterable<Uint8Array>> {
  const keys: Keys | undefined = stored.ownKey === undefined ? undefined : { encryption: await ports.encryption(), identities: [stored.ownKey] }
  return backupContent(stored, ports.store, keys, ambient)
}
