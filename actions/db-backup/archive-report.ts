import { differenceParts } from '../../core/delivery/backup/differences.js'
import type { Verified } from '../../core/delivery/backup/facts.js'
import type { Pruned } from '../../core/delivery/backup/pruning.js'
import { factsTable } from '../../core/delivery/report.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { Difference } from '../../core/domain/fingerprint.js'
import { megabytes } from '../../core/domain/readable-size.js'
import type { Receipt } from '../../core/domain/receipt.js'
import type { ArchiveAbout, ArchiveBackup } from '../../core/ports/point-in-time.js'
import type { ArchiveRequest } from './archive.js'
import type { BackupOutcome, Reason } from './outcome.js'
import { fatesParts } from './report-retention.js'
import { plainOutcome } from './report.js'

/** What was found and done so far. */
export interface ArchiveFacts {
  about?: ArchiveAbout
  /** How old the oldest change was that the archive did not have when the run began: what would have been lost. */
  lagMs?: number
  kind?: 'full' | 'differential'
  backup?: ArchiveBackup
  dumpMs?: number
  /** Of the moment that was counted (epoch ms). */
  moment?: number
  exact?: boolean
  /** Where in the stream of changes that moment is. */
  position?: string
  listedAt?: number
  verified?: Verified & { readonly where: string }
  differences?: readonly Difference[]
  version?: string
  revision?: string
  receipt?: Receipt
  /** The receipt is in all stores. */
  certified?: boolean
  pruned?: Pruned
}

export function archiveOutcome(request: ArchiveRequest, reason: Reason, message: string, facts: ArchiveFacts): BackupOutcome {
  const { receipt, lagMs, pruned, certified } = facts
  const proven = certified !== true || receipt === undefined ? {} : {
    receipt: JSON.stringify(receipt), 'receipt-id': receipt.id, object: receipt.object, sha256: receipt.sha256, bytes: String(receipt.bytes), verified: String(receipt.verified !== null),
  }
  const removed = pruned === undefined ? {} : { removed: JSON.stringify(pruned.filter(({ fate }) => fate === 'removed').map((one) => one.receipt.id)) }
  return plainOutcome(reason, message, { ...proven, ...removed, ...(lagMs === undefined ? {} : { lag: (lagMs / 1000).toFixed(1) }) }, {
    title: `Back up ${facts.about?.database ?? 'the database'} of ${request.environment}: ${reason}`,
    parts: [factsTable(observed(facts)), ...differenceParts('Database', facts.differences), ...fatesParts(pruned)],
  })
}

function observed({ about, lagMs, kind, backup, dumpMs, moment, verified, listedAt, certified, receipt, version, revision }: ArchiveFacts): readonly (readonly [string, string])[] {
  return [
    ...(about === undefined ? [] : [['Cluster', `${about.database} on ${about.host}:${about.port}, PostgreSQL ${about.serverVersion}, archived by pgBackRest ${about.version} in ${about.place}`] as const]),
    ...(lagMs === undefined ? [] : [['Would have been lost', lagMs === 0 ? 'nothing: the archive had every change' : `what was written in the last ${readableDuration(lagMs)}`] as const]),
    ...(backup === undefined ? kind === undefined ? [] : [['Next backup', kind] as const] : [
      ['Backup', `${backup.label} (${backup.kind}), ${megabytes(backup.bytes)} in the repository for a cluster of ${megabytes(backup.clusterBytes)}, in ${readableDuration(dumpMs ?? 0)}`] as const,
      ['Encrypted', backup.encrypted ? 'yes, by the key of the repository' : 'no: anybody who reads the repository reads everything'] as const,
    ]),
    ...(listedAt === undefined ? [] : [['Repository', 'every file has its checksum'] as const]),
    ...(verified === undefined || moment === undefined ? [] : [['Restored and compared', `as of ${new Date(moment).toISOString()}, in ${readableDuration(verified.restoreMs)} and ${readableDuration(verified.compareMs)}`] as const]),
    ['Receipt', certified !== true || receipt === undefined ? 'none' : `${receipt.id}${receipt.verified === null ? ', unverified' : ''}`],
    ['Release', version === undefined || version === '' ? 'not known' : version],
    ['Schema revision', revision ?? 'not read'],
  ]
}
