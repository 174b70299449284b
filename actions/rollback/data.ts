import type { Keys } from '../../core/delivery/backup/content.js'
import { restoreBackup } from '../../core/delivery/restore-backup.js'
import type { Receipt } from '../../core/domain/receipt.js'
import { InputError, messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { BackupStore } from '../../core/ports/backup-store.js'
import type { Database } from '../../core/ports/database.js'
import type { DataPorts } from './afterwards.js'

/** The database and its backups, opened only when a restore was asked for. Backups of another application or environment are none of it. */
export function dataPorts(open: { readonly database: () => Promise<Database>; readonly store: () => Promise<BackupStore>; readonly keys: () => Promise<Keys>; readonly cache: DataPorts['cache'] }, of: Pick<Receipt, 'app' | 'environment'>, ambient: Ambient): DataPorts {
  const own = async (store: BackupStore): Promise<readonly Receipt[]> => (await store.receipts()).filter(({ app, environment }) => app === of.app && environment === of.environment)
  const receiptOf = async (store: BackupStore, id: string): Promise<Receipt | undefined> => (await own(store)).find((receipt) => receipt.id === id)
  return {
    cache: open.cache,
    receipts: async () => own(await open.store()),
    known: async (id) => (await receiptOf(await open.store(), id)) !== undefined,
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
    restore: async (id) => {
      const store = await open.store()
      const receipt = await receiptOf(store, id)
      if (receipt === undefined) throw new InputError([{ code: 'input-invalid', message: `No backup in ${store.place} has the receipt "${id}".` }])
      const keys = receipt.encryptedFor === undefined ? {} : { keys: await open.keys() }
      return restoreBackup({ receipt, database: await open.database(), store, ...keys }, ambient)
    },
  }
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
