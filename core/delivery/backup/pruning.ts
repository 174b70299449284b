import { boundReceipts } from '../../domain/bound-receipts.js'
import type { KeepPolicy } from '../../domain/backup.js'
import type { Receipt } from '../../domain/receipt.js'
import { newestVerified, retention, type BackupOwner, type Judged } from '../../domain/retention.js'
import { EcluseError, StateError } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { BackupStore } from '../../ports/backup-store.js'
import type { BackupPorts } from './request.js'

export interface PruneRequest {
  readonly environment: string
  readonly owner: BackupOwner
  readonly keep?: KeepPolicy
  readonly dryRun: boolean
}

/** What was done with each backup. `kept` by the policy or by its store's lock; `due`: it would go. */
export interface Fate extends Judged {
  readonly fate: 'kept' | 'removed' | 'due' | 'locked'
  /** The stores that have it. */
  readonly places: readonly string[]
}

export type Pruned = readonly Fate[]

/** Lets backups go that the policy does not ask for, in both stores. What nobody can account for stays. */
export async function prune(request: PruneRequest, ports: Pick<BackupPorts, 'store' | 'copy' | 'ledger'>, ambient: Ambient): Promise<Pruned> {
  const { store, copy, ledger } = ports
  const { owner, keep, dryRun, environment } = request
  const bound = boundReceipts(await ledger.history(environment))
  const found = await everywhere(copy === undefined ? [store] : [store, copy])
  const receipts = [...found.keys()]
  // Without knowing what is live, nothing can be missed.
  const policy = keep === undefined || bound === undefined ? {} : { keep }
  if (bound === undefined) ambient.log.warn(`The record of \`${environment}\` does not say what is live there, so that no backup can be let go.`)
  const judged = retention({ receipts, owner, archives: false, bound: bound ?? new Map(), now: ambient.clock.now(), ...policy })
  const due = judged.filter(({ why }) => why.length === 0)
  if (due.length > 0 && !dryRun) await lastOneIsThere(receipts, owner, found, ambient)
  const fates = new Map<Receipt, Fate['fate']>()
  for (const { receipt } of due) fates.set(receipt, dryRun ? 'due' : await letGo(receipt, found.get(receipt)!, ambient))
  return judged.map((one) => ({ ...one, fate: fates.get(one.receipt) ?? 'kept', places: found.get(one.receipt)!.map(({ place }) => place) }))
}

/** Every receipt once, with the stores that have it. The same id with another content is another receipt. */
export async function everywhere(stores: readonly BackupStore[]): Promise<ReadonlyMap<Receipt, readonly BackupStore[]>> {
  const found = new Map<string, { readonly receipt: Receipt; readonly stores: BackupStore[] }>()
  for (const store of stores) {
    for (const receipt of await store.receipts()) {
      const key = `${receipt.id} ${receipt.object} ${receipt.sha256}`
      const known = found.get(key)
      if (known === undefined) found.set(key, { receipt, stores: [store] })
      else known.stores.push(store)
    }
  }
  return new Map([...found.values()].map((one) => [one.receipt, one.stores]))
}

/** Before anything goes: the newest verified backup is not a receipt alone. */
async function lastOneIsThere(receipts: readonly Receipt[], owner: BackupOwner, found: ReadonlyMap<Receipt, readonly BackupStore[]>, ambient: Ambient): Promise<void> {
  const newest = newestVerified(receipts.filter(({ kind }) => kind !== 'archive'), owner, ambient.clock.now())
  for (const store of newest === undefined ? [] : found.get(newest)!) {
    if (await beginsIn(store, newest!)) continue
    throw new StateError('backup-corrupt', { message: `\`${newest!.object}\`, the newest verified backup, is not in ${store.place} though its receipt is. Nothing was removed.` })
  }
}

/** Whether a backup's first bytes can be read. */
export async function beginsIn(store: BackupStore, receipt: Pick<Receipt, 'object' | 'bytes'>): Promise<boolean> {
  try {
    for await (const chunk of store.read(receipt.object)) if (chunk.length > 0) return true
    return receipt.bytes === 0
  } catch (fault) {
    if (fault instanceof EcluseError && (fault.code === 'file-missing' || fault.code === 'backup-corrupt')) return false
    throw fault
  }
}

/** From the second store first: what the first one shows is still complete then. */
async function letGo(receipt: Receipt, stores: readonly BackupStore[], ambient: Ambient): Promise<'removed' | 'locked'> {
  ambient.signal.throwIfAborted()
  try {
    for (const store of stores.toReversed()) {
      ambient.log.info(`Removing \`${receipt.object}\` of ${receipt.takenAt} from ${store.place}.`)
      await store.forget(receipt)
    }
    return 'removed'
  } catch (fault) {
    if (!(fault instanceof EcluseError) || fault.code !== 'backup-locked-away') throw fault
    ambient.log.info(`\`${receipt.object}\` stays for now: ${fault.message}`)
    return 'locked'
  }
}
