import { blamed } from '../../core/delivery/backup/blame.js'
import type { Keys } from '../../core/delivery/backup/content.js'
import { restoreBackup } from '../../core/delivery/restore-backup.js'
import type { Receipt } from '../../core/domain/receipt.js'
import { EcluseError, InputError, messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { BackupStore } from '../../core/ports/backup-store.js'
import type { Database } from '../../core/ports/database.js'
import type { DataPorts } from './afterwards.js'

interface Openers {
  readonly database: () => Promise<Database>
  /** The first, then the copy. */
  readonly stores: readonly (() => Promise<BackupStore>)[]
  readonly keys: () => Promise<Keys>
  readonly cache: DataPorts['cache']
}

interface Shelf {
  readonly store: BackupStore
  readonly receipts: readonly Receipt[]
}

/** The database and its backups, opened only when a restore was asked for. Backups of another application or environment are none of it. */
export function dataPorts(open: Openers, of: Pick<Receipt, 'app' | 'environment'>, ambient: Ambient): DataPorts {
  const shelves = (): Promise<readonly Shelf[]> => readable(open.stores, of, ambient)
  return {
    cache: open.cache,
    receipts: async () => (await shelves()).flatMap(({ receipts }) => receipts),
    known: async (id) => (await shelves()).some(({ receipts }) => receipts.some((receipt) => receipt.id === id)),
    database: async () => {
      try {
        return (await (await open.database()).about()).name
      } catch (fault) {
        // No reason to leave traffic where it is: a restore looks again, and refuses by itself.
        ambient.signal.throwIfAborted()
        ambient.log.warn(`The database could not be looked at: ${messageOf(fault)}`)
        return undefined
      }
    },
    restore: async (id) => restoreFrom(id, await shelves(), open, ambient),
  }
}

/** One that can't be read is told, and does not hide what the others have. */
async function readable(open: Openers['stores'], of: Pick<Receipt, 'app' | 'environment'>, ambient: Ambient): Promise<readonly Shelf[]> {
  const found: Shelf[] = []
  let fault: unknown
  for (const one of open) {
    try {
      const store = await one()
      found.push({ store, receipts: (await store.receipts()).filter(({ app, environment }) => app === of.app && environment === of.environment) })
    } catch (thrown) {
      if (!(thrown instanceof EcluseError) || ambient.signal.aborted) throw thrown
      fault ??= thrown
      if (open.length > 1) ambient.log.warn(`A store of the backups could not be read: ${messageOf(thrown)}`)
    }
  }
  if (found.length === 0 && fault !== undefined) throw fault
  return found
}

/** From the first store that has it; from the next one when that does not have its bytes as they were written. */
async function restoreFrom(id: string, shelves: readonly Shelf[], open: Openers, ambient: Ambient): Promise<string> {
  let fault: unknown = new InputError([{ code: 'input-invalid', message: `No backup in ${shelves.map(({ store }) => store.place).join(' or ')} has the receipt "${id}".` }])
  let first: Receipt | undefined
  for (const { store, receipts } of shelves) {
    const receipt = receipts.find((one) => one.id === id)
    // Another backup under the same id is not the one that was looked at.
    if (receipt === undefined || (first !== undefined && (receipt.object !== first.object || receipt.sha256 !== first.sha256))) continue
    try {
      if (first !== undefined) ambient.log.warn(`${messageOf(fault)} It is taken from ${store.place} instead.`)
      first ??= receipt
      const keys = receipt.encryptedFor === undefined ? {} : { keys: await open.keys() }
      return await restoreBackup({ receipt, database: await open.database(), store, ...keys }, ambient)
    } catch (thrown) {
      const why = await blamed(thrown, receipt, store, ambient)
      if (why === undefined) throw thrown
      fault = why
    }
  }
  throw fault
}

/** The receipt id that was typed twice; undefined when no restore was asked for. */
export function confirmedReceipt(given: { readonly 'restore-receipt'?: string | undefined; readonly 'confirm-restore-receipt'?: string | undefined }): string | undefined {
  const id = given['restore-receipt']
  const again = given['confirm-restore-receipt']
  if (id === again) return id
  throw new InputError([{
    code: 'input-invalid',
    message: `Input \`confirm-restore-receipt\` is "${again ?? ''}" and \`restore-receipt\` is "${id ?? ''}". Restoring loses what was written since: give the same id in both, or in neither.`,
  }])
}
