import type { Receipt } from '../../core/domain/receipt.js'
import { ofAnotherDatabase } from '../../core/domain/restore-point.js'
import type { DataPorts } from './afterwards.js'
import type { RollbackRequest } from './flow.js'

/** What speaks against the backup that was named, while nothing has been changed; undefined when nothing does, or none was named. */
export async function refusedBackup({ restoreReceipt: id }: RollbackRequest, data: DataPorts, receipts: readonly Receipt[]): Promise<string | undefined> {
  if (id === undefined) return undefined
  if (!(await data.known(id))) return `No store of the backups has the receipt "${id}".`
  const receipt = receipts.find((one) => one.id === id)
  if (receipt?.kind === 'archive') {
    return `The backup "${id}" is kept by pgBackRest, which restores whole clusters: a rollback can not. Run \`pgbackrest restore\` with \`--set=${receipt.object}\` on its server.`
  }
  const database = receipt === undefined ? undefined : await data.database()
  return receipt === undefined || database === undefined ? undefined : ofAnotherDatabase(receipt, database)
}
