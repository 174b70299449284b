import type { Environment } from '../../core/domain/environment.js'
import type { BackupPolicy } from '../../core/domain/backup.js'
import { InputError } from '../../core/errors/families.js'

/** What is to be backed up, and what the receipt says about it. */
export interface BackupRequest {
  readonly app: string
  readonly environment: string
  /** The release that is live now; absent: what the ledger says. */
  readonly version?: string
  /** The user's command that prints the schema revision. */
  readonly revision?: string
}

/** Where the database and its backups are. */
export function backupPlaces(environment: Environment): BackupPolicy {
  if (environment.backup === undefined) {
    throw new InputError([{
      code: 'input-missing',
      message: `No database is named for environment \`${environment.name}\`.`,
      fix: `Set \`environments.${environment.name}.backup.database\` in the configuration, or the input \`database\`.`,
    }])
  }
  return environment.backup
}

export function backupRequest(environment: Environment, given: { readonly version?: string | undefined }): BackupRequest {
  return {
    app: environment.app,
    environment: environment.name,
    ...(given.version === undefined || given.version === '' ? {} : { version: given.version }),
    ...(environment.migrate?.revision === undefined ? {} : { revision: environment.migrate.revision }),
  }
}
