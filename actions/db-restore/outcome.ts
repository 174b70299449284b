import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  restored: 'The backup is a database of its own, under the name that was asked for, or a cluster of its own in the folder that was asked for, and equal to its receipt where that was counted. Nothing uses it yet.',
  replaced: 'The backup is in the place of the database, equal to its receipt; what comes after it was done and is well.',
  listed: 'The backups that there are were printed. Nothing was changed.',
  planned: 'A dry run: what would be restored from where was printed, nothing was changed.',
  'no-backup': 'No backup is what was asked for. Nothing was changed.',
  'receipt-unknown': 'No backup has the receipt that was named. Nothing was changed.',
  unverified: 'Nobody restored the named backup so far, and `unverified` does not allow that. Nothing was changed.',
  'not-confirmed': 'A restore in place needs the name of the database in `confirm`, and another was given, or none. Nothing was changed.',
  'name-taken': 'A database of the name, or something in the folder, is there already, and nothing is overwritten. Nothing was changed.',
  'lease-held': 'Another run is at work in this environment. Nothing was changed.',
  'store-failed': 'No store of the backups could be read, or none has the bytes of this one. The database is as it was.',
  'database-unreachable': 'The database did not accept the connection. Nothing was changed.',
  'client-too-old': 'The installed PostgreSQL client is older than the server, or pgBackRest older than what is needed. Nothing was changed.',
  'program-missing': 'A program that the restore needs is not installed. Nothing was changed.',
  'key-missing': 'The backup is encrypted, and no key at hand opens it. Nothing was changed.',
  'backup-corrupt': 'No store has the bytes of the backup as they were written. Nothing was changed.',
  'restore-failed': 'The backup could not be restored. The database is as it was.',
  mismatch: 'The restored copy differs from its receipt, and was dropped. The database is as it was.',
  'safety-backup-failed': 'What was to be replaced could not be backed up first. The database is as it was.',
  'record-failed': 'The ledger did not take down what was about to be done, so it was not done. The database is as it was.',
  'swap-failed': 'The restored copy could not be put in the place of the database, or nobody could see whether it was; the message says which of them serves.',
  'migrate-failed': 'The backup is restored, but the migration to what the live release needs failed.',
  'flush-failed': 'The backup is restored, but the caches could not be emptied: they may serve data that is gone.',
  'checks-failed': 'The backup is restored, but the checks of the environment fail.',
  preempted: 'Another run took over the environment before anything was replaced. The database is as it was.',
  'timed-out': 'The time limit passed. The message says which database serves.',
  cancelled: 'The run was cancelled. The message says which database serves.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['receipt-id', 'database', 'connection', 'kept', 'safety-receipt', 'seconds', 'lost-seconds', 'rto-met', 'receipts'] as const

export type RestoreOutcome = Outcome<Reason, (typeof outputs)[number]>

/** An expected bad answer: the work could be done, and what it showed is against going on. */
export class Verdict extends Error {
  readonly reason: Reason
  constructor(reason: Reason, message: string) {
    super(message)
    this.reason = reason
  }
}
