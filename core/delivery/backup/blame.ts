import type { Receipt } from '../../domain/receipt.js'
import type { ErrorCode } from '../../errors/catalogue.js'
import { EcluseError } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { BackupStore } from '../../ports/backup-store.js'
import { storedContent } from './content.js'

/** No store is at fault, or nobody may go on. */
const NEVER: readonly ErrorCode[] = ['backup-locked', 'program-timeout', 'aborted', 'replacement-unknown']

/** Worth asking the next store: this one does not have the backup, or not as it was written. */
export function isStores(fault: unknown): boolean {
  if (!(fault instanceof EcluseError)) return false
  const { code, family } = fault
  return code === 'backup-corrupt' || code.startsWith('store-') || code.startsWith('network-') || (family === 'file' && code !== 'disk-full')
}

/** The fault that lies with the store, if it does: a stream that breaks off may look like a fault of the server. */
export async function blamed(fault: unknown, receipt: Receipt, store: BackupStore, ambient: Ambient): Promise<unknown> {
  if (ambient.signal.aborted || !(fault instanceof EcluseError)) return undefined
  if (isStores(fault)) return fault
  if (NEVER.includes(fault.code)) return undefined
  try {
    for await (const chunk of storedContent(receipt, store, ambient)) if (chunk.length < 0) break
    return undefined
  } catch (found) {
    return isStores(found) ? found : undefined
  }
}
