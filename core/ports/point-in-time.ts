import type { Fingerprint } from '../domain/receipt.js'

export interface ArchiveBackup {
  /** As the archiver names it: `20261121-101500F`. */
  readonly label: string
  readonly kind: 'full' | 'differential' | 'incremental'
  /** Epoch ms. */
  readonly startedAt: number
  readonly endedAt: number
  /** Bytes in the repository, and of the cluster. */
  readonly bytes: number
  readonly clusterBytes: number
  readonly encrypted: boolean
  /** Labels it can't be restored without. */
  readonly needs: readonly string[]
}

export interface ArchiveAbout {
  readonly place: string
  readonly version: string
  readonly serverVersion: string
  readonly systemIdentifier: string
  /** Name of the database that is compared. */
  readonly database: string
  readonly host: string
  readonly port: number
}

/** A cluster restored to a moment, beside the real one, until it is closed. */
export interface RestoredCluster {
  /** The last moment that is in it (epoch ms). */
  readonly upTo: number
  readonly restoreMs: number
  /** Address of its database, on loopback or a socket; secret parts are none. */
  readonly url: string
  fingerprint(): Promise<Fingerprint>
  /** Goes through after a cancel. */
  close(): Promise<void>
}

/** Continuous archiving: backups plus every change since, for going back to any moment. Faults reject with `ProcessError` or `StateError`. */
export interface PointInTime {
  about(): Promise<ArchiveAbout>
  /** The stanza is well and a change of now arrives in the archive. Rejects with `archive-broken`. */
  check(): Promise<void>
  backup(kind: 'full' | 'differential'): Promise<ArchiveBackup>
  /** Newest first. */
  backups(): Promise<readonly ArchiveBackup[]>
  /** How old the newest change in the archive is (ms): what would be lost now. */
  lagMs(): Promise<number>
  /** Every file of the repository against its checksum. Rejects with `backup-corrupt`. */
  verify(): Promise<void>
  /** Restored to this moment (epoch ms), or as far as the archive goes. Rejects with `restore-failed`. */
  restore(to?: number): Promise<RestoredCluster>
  /** Takes away what is not among these and what they need. Returns the labels that went. */
  expire(keep: readonly string[]): Promise<readonly string[]>
  /** What dead runs left: restored clusters. Returns their folders. */
  sweep(): Promise<readonly string[]>
}
