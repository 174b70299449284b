import { everywhere, neededBy, type Pruned } from '../../core/delivery/backup/pruning.js'
import type { KeepPolicy } from '../../core/domain/backup.js'
import type { Receipt } from '../../core/domain/receipt.js'
import { isOwnedBy, retention, type BackupOwner } from '../../core/domain/retention.js'
import { EcluseError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { BackupStore } from '../../core/ports/backup-store.js'
import type { ArchivePorts } from './archive.js'

export interface PruneArchive {
  readonly environment: string
  readonly owner: BackupOwner
  readonly keep: KeepPolicy
  readonly dryRun: boolean
  readonly alone?: boolean
}

/** Lets backups of the archive go that the policy does not ask for. What has no receipt stays, and so does what another one needs. */
export async function pruneArchive(request: PruneArchive, ports: ArchivePorts, ambient: Ambient): Promise<Pruned> {
  const { archive, store, copy, ledger } = ports
  const { owner, keep, dryRun } = request
  const needed = await neededBy(ledger, request, ambient)
  const found = await everywhere(copy === undefined ? [store] : [store, copy])
  const judged = retention({ receipts: [...found.keys()], owner, archives: true, now: ambient.clock.now(), keep, ...needed })
  const { place } = await archive.about()
  const due = judged.filter(({ receipt, why }) => why.length === 0 && receipt.store === place).map(({ receipt }) => receipt)
  const gone = new Set(dryRun || due.length === 0 ? [] : await archive.expire(due.map(({ object }) => object)))
  // The archive first: a receipt whose backup is gone is found by the next run, a backup without one by nobody.
  for (const receipt of due) if (gone.has(receipt.object)) for (const holder of found.get(receipt)!) await forgotten(holder, receipt, ambient)
  return judged.map((one) => {
    const { receipt } = one
    const fate = gone.has(receipt.object) && due.includes(receipt) ? 'removed' : dryRun && due.includes(receipt) ? 'due' : 'kept'
    const why = fate === 'kept' && due.includes(receipt) ? ['another backup needs it'] : one.why
    return { receipt, why, fate, places: [receipt.store] }
  })
}

/** Finishes what a run that is gone began: receipts whose backup is no longer in the archive. */
export async function forgetGone(owner: BackupOwner, { archive, store, copy }: ArchivePorts, place: string, ambient: Ambient): Promise<void> {
  const found: (readonly [BackupStore, readonly Receipt[]])[] = []
  for (const one of copy === undefined ? [store] : [store, copy]) found.push([one, await one.receipts()])
  // Looked at last: the backup of a receipt that was read is there, unless it is gone.
  const there = new Set((await archive.backups()).map(({ label }) => label))
  const lost = (receipt: Receipt): boolean => receipt.kind === 'archive' && receipt.store === place && isOwnedBy(receipt, owner) && !there.has(receipt.object)
  for (const [one, receipts] of found) {
    for (const receipt of receipts.filter(lost)) {
      ambient.log.warn(`Backup ${receipt.object} is no longer in ${place}: its receipt ${receipt.id} goes.`)
      await forgotten(one, receipt, ambient)
    }
  }
}

/** A receipt that its store keeps for a while yet is in nobody's way: the next run forgets it. */
async function forgotten(store: BackupStore, receipt: Receipt, ambient: Ambient): Promise<void> {
  try {
    await store.forget(receipt)
  } catch (fault) {
    if (!(fault instanceof EcluseError) || fault.code !== 'backup-locked-away') throw fault
    ambient.log.info(`The receipt ${receipt.id} stays for now: ${fault.message}`)
  }
}
