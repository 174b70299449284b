import { endedBy, stoppedBy } from '../../core/delivery/backup/deadline.js'
import type { BackupPolicy, PgBackRestOptions } from '../../core/domain/backup.js'
import type { Environment } from '../../core/domain/environment.js'
import { toldOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { backUpArchive, archiveReason, ownerOf, type ArchivePorts, type ArchiveRequest } from './archive.js'
import { checkArchive } from './archive-check.js'
import { pruneArchive } from './archive-retention.js'
import type { BackupOutcome } from './outcome.js'
import { fatesParts } from './report-retention.js'
import { plainOutcome } from './report.js'
import type { Mode } from './request.js'

export interface ArchiveRun {
  readonly environment: Pick<Environment, 'app' | 'name' | 'migrate'>
  readonly policy: BackupPolicy
  readonly pointInTime: PgBackRestOptions
  readonly given: { readonly mode: Mode; readonly version?: string | undefined; readonly 'dry-run': boolean }
}

type Openers = { readonly [P in keyof Required<ArchivePorts>]: () => Promise<Required<ArchivePorts>[P]> | (P extends 'copy' ? undefined : never) }

/** The modes of the action, for a database whose changes pgBackRest archives. */
export async function runArchive(run: ArchiveRun, open: Openers, ambient: Ambient): Promise<BackupOutcome> {
  const { environment, policy, given } = run
  const copy = await open.copy()
  const ports: ArchivePorts = { archive: await open.archive(), store: await open.store(), ...(copy === undefined ? {} : { copy }), ledger: await open.ledger() }
  const { app, name } = environment
  if (given.mode === 'check') return checkArchive({ app, environment: name, maxAgeMs: policy.maxAgeMs! }, ports, ambient)
  if (given.mode === 'prune') return keepOnlyOfArchive(run, ports, ambient)
  return backUpArchive(requestOf(run), ports, ambient)
}

function requestOf({ environment, policy, pointInTime, given }: ArchiveRun): ArchiveRequest {
  const { proof, keep, checksums } = policy
  const revision = environment.migrate?.revision
  return {
    app: environment.app, environment: environment.name, proof, checksums, fullEveryMs: pointInTime.fullEveryMs, dryRun: given['dry-run'],
    ...(keep === undefined ? {} : { keep }), ...(revision === undefined ? {} : { revision }), ...(given.version === undefined || given.version === '' ? {} : { version: given.version }),
  }
}

async function keepOnlyOfArchive({ environment: { app, name: environment }, policy, given }: ArchiveRun, ports: ArchivePorts, ambient: Ambient): Promise<BackupOutcome> {
  const dryRun = given['dry-run']
  const title = (reason: string): string => `Backups of ${environment}: ${reason}`
  try {
    const owner = ownerOf({ app, environment }, await ports.archive.about())
    const fates = await pruneArchive({ environment, owner, keep: policy.keep!, dryRun, alone: true }, ports, ambient)
    const removed = fates.filter(({ fate }) => fate === 'removed').map(({ receipt }) => receipt.id)
    const message = dryRun ? `${fates.filter(({ fate }) => fate === 'due').length} of ${fates.length} backups would go.` : `${removed.length} of ${fates.length} backups were removed.`
    return plainOutcome(dryRun ? 'planned' : 'pruned', message, { removed: JSON.stringify(removed) }, { title: title('kept and removed'), parts: fatesParts(fates) })
  } catch (fault) {
    const reason = stoppedBy(ambient.signal) ?? archiveReason(fault, 'retention', undefined)
    if (reason === undefined) throw fault
    return plainOutcome(reason, toldOf(endedBy(fault, ambient.signal)), {}, { title: title(reason), parts: [] })
  }
}
