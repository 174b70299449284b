import type { Receipt } from '../../core/domain/receipt.js'
import { keptBackups, type KeptBackup } from '../../core/domain/restore-point.js'
import { EcluseError, messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { BackupStore } from '../../core/ports/backup-store.js'
import { Verdict } from './outcome.js'
import type { RestoreRequest } from './request.js'

/** What was found in one store, or why nothing was. */
export interface Shelf {
  readonly store?: BackupStore
  readonly receipts: readonly Receipt[]
  readonly fault?: string
}

export interface Backups {
  /** In the order in which they are read. */
  readonly shelves: readonly Shelf[]
  readonly kept: readonly KeptBackup[]
}

/** Reads the receipts of every store. One that can't be read is told and does not hide what the others have. */
export async function readBackups({ environment }: RestoreRequest, open: readonly (() => Promise<BackupStore>)[], ambient: Ambient): Promise<Backups> {
  const shelves: Shelf[] = []
  for (const [index, one] of open.entries()) shelves.push(await shelfOf(index, one, ambient))
  if (shelves.every(({ fault }) => fault !== undefined)) throw new Verdict('store-failed', shelves.map(({ fault }) => fault).join(' '))
  return { shelves, kept: keptBackups(shelves.map(({ receipts }) => receipts), { app: environment.app, environment: environment.name }) }
}

async function shelfOf(index: number, open: () => Promise<BackupStore>, ambient: Ambient): Promise<Shelf> {
  const which = index === 0 ? 'store of the backups' : 'second store'
  let store: BackupStore | undefined
  try {
    store = await open()
    return { store, receipts: await store.receipts() }
  } catch (fault) {
    if (!(fault instanceof EcluseError) || ambient.signal.aborted) throw fault
    const told = `The ${which}${store === undefined ? '' : ` (${store.place})`} could not be read: ${messageOf(fault)}`
    ambient.log.warn(told)
    return { ...(store === undefined ? {} : { store }), receipts: [], fault: told }
  }
}
