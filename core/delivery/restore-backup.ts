import { readableDuration } from '../domain/duration.js'
import { compareWithReceipt } from '../domain/receipt-comparison.js'
import type { Receipt } from '../domain/receipt.js'
import { ofAnotherDatabase } from '../domain/restore-point.js'
import { messageOf, StateError } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { BackupStore } from '../ports/backup-store.js'
import type { Database, Scratch } from '../ports/database.js'
import { backupContent, type Keys } from './backup/content.js'

export interface RestoreRequest {
  readonly receipt: Receipt
  readonly database: Database
  readonly store: BackupStore
  /** Absent: only what is not encrypted can be restored. */
  readonly keys?: Keys
}

/**
 * Puts a backup in the place of the real database: restored beside it and compared with the receipt first, so that a
 * restore that fails leaves the old one serving. Returns the name under which the old one is kept.
 */
export async function restoreBackup({ receipt, database, store, keys }: RestoreRequest, ambient: Ambient): Promise<string> {
  const begun = ambient.clock.now()
  const other = ofAnotherDatabase(receipt, (await database.about()).name)
  if (other !== undefined) throw new StateError('restore-failed', { message: `${other} The database was not changed.`, fix: 'Name a backup of this database.' })
  await database.refuseReplacement()
  const scratch = await database.scratch()
  try {
    // Known before hours are spent on a copy that can't take its place.
    assertFaithful(scratch)
    ambient.log.info(`Restoring \`${receipt.object}\` (release ${receipt.version || 'unknown'}, taken ${receipt.takenAt}) into \`${scratch.name}\`.`)
    await scratch.restore(backupContent(receipt, store, keys, ambient), { jobs: 2, bytes: receipt.bytes })
    const checksums = receipt.fingerprint.checksums !== undefined
    const { moved, told } = compareWithReceipt(receipt, await scratch.fingerprint({ checksums }))
    if (moved > 0) ambient.log.info(`${moved} sequences moved while the backup was taken; they are as the dump has them.`)
    if (told !== '') throw new StateError('restore-failed', { message: `${told} The database was not changed.` })
    const kept = await database.replaceWith(scratch)
    ambient.log.info(`Restored in ${readableDuration(ambient.clock.now() - begun)}; what was there is kept as \`${kept}\`.`)
    return kept
  } finally {
    await dropped(scratch, ambient)
  }
}

/** A copy without the owners of the real database can not take its place. */
export function assertFaithful({ faithful }: Pick<Scratch, 'faithful'>): void {
  if (faithful) return
  throw new StateError('database-refused', {
    message: 'The user of the database may not give objects to all of their owners, so a copy can not take its place. The database was not changed.',
    fix: 'Restore as a superuser, or as a member of every role that owns something.',
  })
}

/** Leftovers are worth a word, not a failure: the next run drops them. */
export async function dropped(scratch: Scratch, ambient: Ambient): Promise<void> {
  try {
    await scratch.drop()
  } catch (fault) {
    ambient.log.warn(`The scratch database \`${scratch.name}\` is left to the next run: ${messageOf(fault)}`)
  }
}
