import type { S3Options } from '../../../domain/backup.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { BackupStore } from '../../../ports/backup-store.js'

/** Backups as objects of a bucket. */
export function s3Store(_options: S3Options, _ambient: Ambient, _env: Readonly<Record<string, string | undefined>>): BackupStore {
  throw new TypeError('not built yet')
}
