import type { Fingerprint } from '../domain/receipt.js'
import type { Taken } from './database.js'

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
  /** What its taker said beside it, if the archiver has a place for that. */
  readonly mark?: string
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

/** A moment of the real database that a restore can be sent to. */
export interface Moment extends Taken {
  /** Epoch ms, by the clock of the server. */
  readonly at: number
  /** Place in the stream of changes (LSN). */
  readonly position: string
  /** What was counted is what is before the place, to the row; `false` where the server never stood still for an instant. */
  readonly exact: boolean
}

/** A cluster restored to a moment, beside the real one, until it is closed. */
export interface RestoredCluster {
  /** The last moment that is in it (epoch ms). */
  readonly upTo: number
  readonly restoreMs: number
  /** Address of its database, on a socket of its own; no secret is in it. */
  readonly url: string
  fingerprint(what?: { readonly checksums: boolean }): Promise<Fingerprint>
  taken(what?: { readonly checksums: boolean }): Promise<Taken>
  /** Goes through after a cancel. */
  close(): Promise<void>
}

/** Continuous archiving: backups plus every change since, for going back to any moment. Faults reject with `ProcessError` or `StateError`. */
export interface PointInTime {
  about(): Promise<ArchiveAbout>
  /** The stanza is well and a change of now arrives in the archive. Rejects with `archive-broken`. */
  check(): Promise<void>
  /** `mark` is kept beside it where the archiver can. */
  backup(kind: 'full' | 'differential', mark?: string): Promise<ArchiveBackup>
  /** It stays, whatever becomes of who took it. */
  unmark(label: string): Promise<void>
  /** Newest first. */
  backups(): Promise<readonly ArchiveBackup[]>
  /** How old the oldest change is that is not in the archive yet (ms): what would be lost now. Rejects with `archive-broken`. */
  lagMs(): Promise<number>
  /** Every file of the repository against its checksum. Rejects with `backup-corrupt`. */
  verify(): Promise<void>
  /** What the database holds now, and where that is in the stream of changes. */
  moment(what?: { readonly checksums: boolean }): Promise<Moment>
  /** Restored to this moment (epoch ms, or just the one that was taken), or as far as the archive goes. Rejects with `restore-failed`. */
  restore(to?: number | Pick<Moment, 'position'>): Promise<RestoredCluster>
  /** Takes these away but for what another one needs, with the changes before the oldest that stays. Returns the labels that went. What was taken here goes after a cancel too. */
  expire(labels: readonly string[]): Promise<readonly string[]>
  /** What dead runs left: restored clusters. Returns their folders. */
  sweep(): Promise<readonly string[]>
}
