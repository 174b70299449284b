import { messageOf } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'
import type { BackupStore } from '../../ports/backup-store.js'
import type { BackupFacts } from './facts.js'
import type { BackupPorts } from './request.js'

/** Whatever was stored has no proof: it goes, and what could not go is told. */
export async function takeBack({ store, copy }: Pick<BackupPorts, 'store' | 'copy'>, { object, copied, receiptBegun }: BackupFacts, ambient: Ambient): Promise<string> {
  if (object === undefined) return ''
  const stores = [...(copy !== undefined && copied === true ? [copy] : []), store]
  const left: string[] = []
  for (const one of stores) if (!(await removed(one, object, receiptBegun, ambient))) left.push(one.place)
  if (left.length === 0) return ''
  return ` \`${object}\` could not be removed from ${left.join(' and ')} and is NOT a backup${receiptBegun === undefined ? ': it has no receipt' : ''}.`
}

async function removed(store: BackupStore, object: string, receipt: BackupFacts['receiptBegun'], ambient: Ambient): Promise<boolean> {
  try {
    // The receipt may be there or not; what the writer noted for itself goes with the rest.
    if (receipt !== undefined) await store.forget(receipt)
    await store.remove(object)
    return true
  } catch (fault) {
    ambient.log.warn(messageOf(fault))
    return false
  }
}
