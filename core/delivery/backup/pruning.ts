import { boundReceipts } from '../../domain/bound-receipts.js'
import type { KeepPolicy } from '../../domain/backup.js'
import type { Receipt } from '../../domain/receipt.js'
import { newestVerified, retention, type BackupOwner, type Judged, type RetentionAsked } from '../../domain/retention.js'
import { EcluseError, StateError } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { BackupStore } from '../../ports/backup-store.js'
import type { BackupPorts } from './request.js'

export interface PruneRequest {
  readonly environment: string
  readonly owner: BackupOwner
  readonly keep?: KeepPolicy
  readonly dryRun: boolean
  /** It is all that was asked for: not to be able to decide is a failure. */
  readonly alone?: boolean
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
  const { owner, keep, dryRun } = request
  const needed = await neededBy(ledger, request, ambient)
  const found = await everywhere(copy === undefined ? [store] : [store, copy])
  const receipts = [...found.keys()]
  const judged = retention({ receipts, owner, archives: false, now: ambient.clock.now(), ...needed, ...(keep === undefined ? {} : { keep }) })
  const due = judged.filter(({ why }) => why.length === 0)
  if (due.length > 0 && !dryRun) await lastOneIsThere(receipts, owner, found, ambient)
  const fates = new Map<Receipt, Fate['fate']>()
  for (const { receipt } of due) fates.set(receipt, dryRun ? 'due' : await letGo(receipt, found.get(receipt)!, ambient))
  return judged.map((one) => ({ ...one, fate: fates.get(one.receipt) ?? 'kept', places: found.get(one.receipt)!.map(({ place }) => place) }))
}

/** What deliveries need by the record. Without knowing what is live, nothing can be missed. */
export async function neededBy(ledger: BackupPorts['ledger'], { environment, alone = false }: Pick<PruneRequest, 'environment' | 'alone'>, ambient: Ambient): Promise<Pick<RetentionAsked, 'bound' | 'undecided'>> {
  const bound = boundReceipts(await ledger.history(environment))
  if (bound !== undefined) return { bound }
  const message = `The record of \`${environment}\` does not say what is live there, so that no backup can be let go.`
  if (alone) throw new StateError('nothing-live', { message, fix: 'Deliver a release there, or give the ledger that the deliveries are recorded in.' })
  ambient.log.warn(message)
  return { bound: new Map(), undecided: 'the record does not say what is live' }
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
    if (await isWhole(store, newest!)) continue
    throw new StateError('backup-corrupt', { message: `\`${newest!.object}\`, the newest verified backup, is not whole in ${store.place} though its receipt is there. Nothing was removed.`, fix: 'Take a backup now, and find out what became of this one.' })
  }
}

/** Whether a backup has all its bytes by the store's own word, and the first of them can be read. */
export async function isWhole(store: BackupStore, receipt: Pick<Receipt, 'object' | 'bytes'>): Promise<boolean> {
  try {
    if ((await store.size(receipt.object)) !== receipt.bytes) return false
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
