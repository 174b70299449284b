import { endedBy, stoppedBy } from '../../core/delivery/backup/deadline.js'
import type { BackupReason } from '../../core/delivery/backup/facts.js'
import { prune } from '../../core/delivery/backup/pruning.js'
import type { BackupPorts, BackupRequest } from '../../core/delivery/backup/request.js'
import { takeBackup } from '../../core/delivery/backup/take.js'
import { reasonOf, type Phase } from '../../core/delivery/backup/trouble.js'
import { toldOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { BackupOutcome } from './outcome.js'
import { backupOutcome, plainOutcome } from './report.js'
import { fatesParts } from './report-retention.js'
import type { KeepRequest } from './request.js'

/** Mode `backup`: the whole of it is told in core/delivery/backup/take.ts, which a restore uses as well. */
export async function backUp(request: BackupRequest, ports: BackupPorts, ambient: Ambient): Promise<BackupOutcome> {
  const { reason, message, facts } = await takeBackup(request, ports, ambient)
  return backupOutcome(request, reason, message, facts)
}

/** Mode `prune`: lets go what the policy does not ask for, and says why each of the others stays. */
export async function keepOnly({ app, environment, keep, dryRun }: KeepRequest, ports: Pick<BackupPorts, 'database' | 'store' | 'copy' | 'ledger'>, ambient: Ambient): Promise<BackupOutcome> {
  const title = (reason: string): string => `Backups of ${environment}: ${reason}`
  let phase: Phase = 'look'
  try {
    // 1. Whose backups: exactly this database's.
    const { host, port, name, systemIdentifier } = await ports.database.about()
    const owner = { app, environment, database: { host, port, name, systemIdentifier } }

    // 2. Finish what dead runs began to remove.
    if (!dryRun) for (const store of ports.copy === undefined ? [ports.store] : [ports.store, ports.copy]) await store.sweep()

    // 3. Judge every receipt, and let go.
    phase = 'retention'
    const fates = await prune({ environment, owner, keep, dryRun, alone: true }, ports, ambient)
    const count = (fate: string): number => fates.filter((one) => one.fate === fate).length
    const removed = fates.filter(({ fate }) => fate === 'removed').map(({ receipt }) => receipt.id)
    const message = dryRun
      ? `${count('due')} of ${fates.length} backups would go.`
      : `${removed.length} of ${fates.length} backups were removed${count('locked') === 0 ? '' : `; ${count('locked')} more are kept by their store for a while yet`}.`
    return plainOutcome(dryRun ? 'planned' : 'pruned', message, { removed: JSON.stringify(removed) }, { title: title('kept and removed'), parts: fatesParts(fates) })
  } catch (fault) {
    const reason = stoppedBy(ambient.signal) ?? lookedAt(reasonOf(fault, phase, undefined))
    if (reason === undefined) throw fault
    return plainOutcome(reason, toldOf(endedBy(fault, ambient.signal)), {}, { title: title(reason), parts: [] })
  }
}

/** Nothing was dumped: what failed before the old ones were looked at is the store. */
function lookedAt(reason: BackupReason | undefined): BackupReason | undefined {
  return reason === 'dump-failed' ? 'store-failed' : reason
}
