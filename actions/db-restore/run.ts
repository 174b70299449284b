import type { Chronicle } from '../../core/delivery/chronicle.js'
import type { CheckReport } from '../../core/delivery/checks.js'
import type { Difference } from '../../core/domain/fingerprint.js'
import type { EnvironmentHistory, SchemaChange } from '../../core/domain/history.js'
import type { Receipt } from '../../core/domain/receipt.js'
import type { Release } from '../../core/domain/release.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Cache } from '../../core/ports/cache.js'
import type { BackupStore } from '../../core/ports/backup-store.js'
import type { Database, DatabaseAbout } from '../../core/ports/database.js'
import type { Encryption } from '../../core/ports/encryption.js'
import type { Ledger } from '../../core/ports/ledger.js'
import type { Platform } from '../../core/ports/platform.js'
import type { PointInTime } from '../../core/ports/point-in-time.js'
import type { Backups } from './backups.js'
import type { RestoreRequest } from './request.js'
import type { Phase } from './trouble.js'

/** Each opened only when it is needed: who lists backups needs no database. */
export interface RestorePorts {
  /** The first, then the copy. */
  readonly stores: readonly (() => Promise<BackupStore>)[]
  readonly database: () => Promise<Database>
  readonly ledger: (around: Ambient) => Promise<Ledger>
  readonly encryption: () => Promise<Encryption>
  /** Only where pgBackRest keeps one. */
  readonly archive: () => Promise<PointInTime>
  readonly cache: (url: string) => Promise<Cache>
  /** For commands that run in the release's image. */
  readonly platform: () => Promise<Pick<Platform, 'runTask'>>
}

/** What was found and done so far. */
export interface Facts {
  readonly chronicle: Chronicle
  readonly notes: string[]
  plan?: readonly string[]
  backups?: Backups
  history?: EnvironmentHistory
  live?: Release
  about?: DatabaseAbout
  receipt?: Receipt
  /** The store that gave the bytes. */
  from?: string
  differences?: readonly Difference[]
  safety?: Receipt
  /** The ledger knows that the database is about to be replaced. */
  announced?: true
  /** Name that a new database is to get. */
  into?: string
  /** Name of the database that holds the backup now. */
  database?: string
  /** Address of a cluster of its own that it is in. */
  connection?: string
  /** Name that the database before is kept under. */
  kept?: string
  schema?: SchemaChange
  /** Revision of the schema that is there after it, where it is known. */
  revision?: string | undefined
  checks?: CheckReport
  lastLines?: readonly string[]
  /** Age of the data when it came back (ms). */
  lostMs?: number
}

/** One restore under way. */
export interface Run {
  readonly request: RestoreRequest
  readonly ports: RestorePorts
  readonly facts: Facts
  phase: Phase
}
