import type { BackupReason } from '../../core/delivery/backup/facts.js'
import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  verified: 'The backup was taken, restored into a scratch database and found equal.',
  listed: 'The backup was taken and read whole, and not restored (`verify: list`): its receipt says that it is unverified.',
  unverified: 'The backup was taken, and neither read nor restored (`verify: none`): its receipt says that it is unverified.',
  planned: 'A dry run: this is what would be done. Nothing was changed.',
  pruned: 'Backups that the policy does not ask for were removed, if there were any; the summary says why each of the others stays.',
  recent: 'The newest verified backup is younger than `max-age`.',
  'not-configured': 'No database is named for the environment, and `optional` allows that. There is no receipt.',
  'database-unreachable': 'The database did not accept the connection. Nothing was written.',
  'login-refused': 'The database does not know the user, or not by this password. Nothing was written.',
  'database-refused': 'The database refused what the work needs, such as reading a table. Nothing was kept.',
  'connection-lost': 'The connection to the database broke in the middle of the dump; nothing of it was kept.',
  'server-restarted': 'The database server stopped or started again in the middle of the dump; nothing of it was kept.',
  'client-too-old': 'The installed PostgreSQL client is older than the server, or pgBackRest older than what is needed. Nothing was written.',
  'program-missing': 'A program that the backup needs is not installed. Nothing of it was kept.',
  'revision-failed': 'The command that prints the schema revision failed. Nothing was written.',
  unencrypted: 'The backup would leave this machine as it is, and nobody said that it may. Nothing was written.',
  'store-unreachable': 'A store did not answer; nothing was kept.',
  'store-refused': 'A store did not accept the credentials, or does not allow what the work needs; nothing was kept.',
  'clock-skewed': 'The clocks of this machine and of a store differ too much; nothing was kept.',
  'store-unsafe': 'A store does not keep what it promises: backups could be overwritten or damaged unseen. Nothing was written.',
  'archive-broken': 'Continuous archiving does not work: what changes now does not arrive in the archive. Nothing was written.',
  'dump-failed': 'The dump did not finish; nothing of it was kept.',
  'store-failed': 'The store did not take or give back the backup; nothing of it was kept.',
  'disk-full': 'There is no room for the backup; nothing of it was kept.',
  'backup-corrupt': 'The store gave back other bytes than were written; the backup was removed.',
  'no-scratch': 'There is no scratch database to prove the backup in, so it is none; it was removed.',
  'restore-failed': 'The backup could not be restored, so it is none; it was removed.',
  mismatch: 'The restored copy differs from the database, so the backup is none; it was removed.',
  'copy-failed': 'The second store did not take the backup, so it is none; it was removed from both.',
  'record-failed': 'The backup is good and kept in its store, but the ledger did not record it.',
  'retention-failed': 'Older backups could not be looked through or removed. What was taken before is good and kept.',
  'too-old': 'The newest verified backup is older than `max-age`.',
  'none-verified': 'There is no verified backup of this database.',
  'backup-missing': 'The newest verified backup has its receipt, and its bytes are not where that says.',
  'timed-out': 'The time limit passed; nothing was kept.',
  cancelled: 'The run was cancelled; nothing was kept.',
} as const satisfies Readonly<Record<string, string>> & Readonly<Record<BackupReason, string>>

export type Reason = keyof typeof reasons

/** What was to be done was done, and seen. */
export const good: ReadonlySet<Reason> = new Set<Reason>(['verified', 'listed', 'unverified', 'planned', 'pruned', 'recent', 'not-configured'])

export const outputs = ['receipt', 'receipt-id', 'object', 'sha256', 'bytes', 'verified', 'age', 'removed', 'lag'] as const

export type BackupOutcome = Outcome<Reason, (typeof outputs)[number]>
