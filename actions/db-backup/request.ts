import { backupAsked, type BackupRequest } from '../../core/delivery/backup/request.js'
import type { BackupPolicy, KeepPolicy } from '../../core/domain/backup.js'
import type { Environment } from '../../core/domain/environment.js'
import { InputError, type Problem } from '../../core/errors/families.js'

export const modes = ['backup', 'prune', 'check'] as const
export type Mode = (typeof modes)[number]

interface Said {
  readonly mode: Mode
  readonly version?: string | undefined
  readonly 'dry-run': boolean
}

/** Where the database and its backups are, and everything that the mode needs to be said of them. */
export function backupPolicy(environment: Environment, mode: Mode): BackupPolicy {
  const { backup, name } = environment
  const missing = (message: string, key: string): Problem => ({ code: 'input-missing', message, fix: `Set \`environments.${name}.backup.${key}\` in the configuration, or the input \`${key}\`.` })
  if (backup === undefined) throw new InputError([missing(`No database is named for environment \`${name}\`.`, 'database')])
  if (mode === 'prune' && backup.keep === undefined) throw new InputError([missing(`Nothing says how many backups of \`${name}\` are kept.`, 'keep')])
  if (mode === 'check' && backup.maxAgeMs === undefined) throw new InputError([missing(`Nothing says how old the newest backup of \`${name}\` may be.`, 'max-age')])
  return backup
}

export function backupRequest(environment: Environment, policy: BackupPolicy, given: Said): BackupRequest {
  return {
    ...backupAsked(policy),
    app: environment.app,
    environment: environment.name,
    dryRun: given['dry-run'],
    ...(given.version === undefined || given.version === '' ? {} : { version: given.version }),
    ...(environment.migrate?.revision === undefined ? {} : { revision: environment.migrate.revision }),
  }
}

export interface KeepRequest {
  readonly app: string
  readonly environment: string
  readonly keep: KeepPolicy
  readonly dryRun: boolean
}

export interface CheckRequest {
  readonly app: string
  readonly environment: string
  readonly maxAgeMs: number
}
