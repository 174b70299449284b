import type { Difference, Outline } from '../../domain/fingerprint.js'
import type { Fingerprint, Receipt } from '../../domain/receipt.js'
import type { DatabaseAbout } from '../../ports/database.js'
import type { Pruned } from './pruning.js'

/** How a backup ended. */
export type BackupReason =
  | 'verified' | 'listed' | 'unverified' | 'planned' | 'unencrypted' | 'database-unreachable' | 'database-refused' | 'client-too-old' | 'program-missing'
  | 'revision-failed' | 'login-refused' | 'connection-lost' | 'server-restarted' | 'clock-skewed' | 'dump-failed' | 'store-unreachable' | 'store-refused' | 'store-unsafe' | 'store-failed' | 'disk-full' | 'backup-corrupt' | 'no-scratch'
  | 'restore-failed' | 'mismatch' | 'copy-failed' | 'record-failed' | 'retention-failed' | 'timed-out' | 'cancelled' | 'archive-broken'

/** A dump in its store, not yet proven. */
export interface Stored {
  readonly id: string
  readonly object: string
  readonly bytes: number
  readonly sha256: string
  readonly compression: string
  readonly kind: NonNullable<Receipt['kind']>
  readonly encryptedFor?: readonly string[]
  /** Opens it, beside the keys of those it is for: made by this run, and forgotten with it. Secret. */
  readonly ownKey?: string
  readonly takenAt: number
  readonly dumpMs: number
  readonly fingerprint: Fingerprint
  readonly outline: Outline
  /** Where the sequences were when the dump had ended. */
  readonly sequences: Fingerprint['sequences']
}

export interface Verified {
  readonly at: number
  /** Absent: on the same server. */
  readonly where?: string
  readonly restoreMs: number
  readonly compareMs: number
  readonly fingerprint: Fingerprint
}

/** What was found and done so far. */
export interface BackupFacts {
  about?: DatabaseAbout
  plan?: readonly string[]
  warnings?: readonly string[]
  version?: string
  revision?: string
  /** In the first store, since its write came back. */
  object?: string
  /** It is in the second store as well. */
  copied?: boolean
  /** A receipt may be in a store from here on. */
  receiptBegun?: Receipt
  stored?: Stored
  differences?: readonly Difference[]
  versions?: readonly Difference[]
  verified?: Verified
  listed?: { readonly at: number; readonly entries: number }
  /** In all stores. */
  receipt?: Receipt
  pruned?: Pruned
}

/** An expected bad answer: the work could be done, and what it showed is against the backup. */
export class BackupVerdict extends Error {
  readonly reason: BackupReason
  constructor(reason: BackupReason, message: string) {
    super(message)
    this.reason = reason
  }
}
