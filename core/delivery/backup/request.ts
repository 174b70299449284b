import type { BackupPolicy } from '../../domain/backup.js'
import type { Receipt } from '../../domain/receipt.js'
import type { BackupStore } from '../../ports/backup-store.js'
import type { Database } from '../../ports/database.js'
import type { Encryption } from '../../ports/encryption.js'
import type { Ledger } from '../../ports/ledger.js'
import type { ScratchHost } from '../../ports/scratch-host.js'

/** What is to be backed up and how, and what the receipt says about it. */
export interface BackupRequest extends Pick<BackupPolicy, 'encryptTo' | 'allowUnencrypted' | 'format' | 'jobs' | 'proof' | 'checksums' | 'keep'> {
  readonly app: string
  readonly environment: string
  /** The release that is live now; absent: what the ledger says. */
  readonly version?: string
  /** The user's command that prints the schema revision. */
  readonly revision?: string
  /** The copy is restored on another server than the database's. */
  readonly elsewhere: boolean
  /** Look only. */
  readonly dryRun: boolean
  readonly takenFor?: NonNullable<Receipt['takenFor']>
}

export interface BackupPorts {
  readonly database: Database
  readonly store: BackupStore
  /** The second store. */
  readonly copy?: BackupStore
  readonly ledger: Ledger
  /** Asked for when a copy is to be restored. */
  readonly scratchHost: () => Promise<ScratchHost>
  /** Asked for when a backup is to be encrypted. */
  readonly encryption: () => Promise<Encryption>
}

/** What a policy says about a backup, without where anything is. */
export function backupAsked(policy: BackupPolicy): Omit<BackupRequest, 'app' | 'environment' | 'dryRun'> {
  const { encryptTo, allowUnencrypted, format, jobs, proof, checksums, keep, proveIn } = policy
  return { encryptTo, allowUnencrypted, format, jobs, proof, checksums, elsewhere: proveIn.kind !== 'same', ...(keep === undefined ? {} : { keep }) }
}
