import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  verified: 'The backup was taken, restored into a scratch database and found equal.',
  'not-configured': 'No database is named for the environment, and `optional` allows that. There is no receipt.',
  'database-unreachable': 'The database did not accept the connection. Nothing was written.',
  'client-too-old': 'The installed PostgreSQL client is older than the server. Nothing was written.',
  'program-missing': 'A program that the backup needs is not installed. Nothing was written.',
  'revision-failed': 'The command that prints the schema revision failed. Nothing was written.',
  'dump-failed': 'The dump did not finish; nothing of it was kept.',
  'store-failed': 'The store did not take or give back the backup; nothing of it was kept.',
  'disk-full': 'There is no room for the backup; nothing of it was kept.',
  'backup-corrupt': 'The store gave back other bytes than were written; the backup was removed.',
  'restore-failed': 'The backup could not be restored, so it is none; it was removed.',
  mismatch: 'The restored copy differs from the database, so the backup is none; it was removed.',
  'record-failed': 'The backup is good and kept in its store, but the ledger did not record it.',
  'timed-out': 'The time limit passed; nothing was kept.',
  cancelled: 'The run was cancelled; nothing was kept.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['receipt', 'receipt-id', 'object', 'sha256', 'bytes'] as const

export type BackupOutcome = Outcome<Reason, (typeof outputs)[number]>
