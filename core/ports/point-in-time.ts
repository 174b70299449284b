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

/** What a cluster is to be restored to, to stay. */
export interface ClusterAsked {
  /** Of its own: absolute, and not there yet, or empty. */
  readonly folder: string
  /** The backup that it begins with. */
  readonly label: string
  /** Absent: as far as the archive goes. */
  readonly to?: number | Pick<Moment, 'position'>
  /** Major version of the server that wrote it. */
  readonly major: number
  /** Name of the database that is looked at in it. */
  readonly database: string
}

/** One that stays once it is kept; until then `close` takes it away again. */
export interface NewCluster extends RestoredCluster {
  /** Its server runs for good, safe on disk, also when this process has ended. */
  keep(): Promise<void>
}

/** Continuous archiving: backups plus every change since, for going back to any moment. Faults reject with `ProcessError` or `StateError`. */
export interface PointInTime {
  /** Where the archive is, and the database that its address names: known while the server is away, too. */
  readonly of: Pick<ArchiveAbout, 'place' | 'database' | 'host' | 'port'>
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
  /**
   * Restored to this moment, to stay, in a folder of its own; the real server need not run. Rejects with `file-exists` or `file-refused` where the
   * folder is not free to be used, and else as `restore` does.
   */
  restoreBeside(asked: ClusterAsked): Promise<NewCluster>
  /** Takes these away but for what another one needs, with the changes before the oldest that stays. Returns the labels that went. What was taken here goes after a cancel too. */
  expire(labels: readonly string[]): Promise<readonly string[]>
  /** What dead runs left: restored clusters that were not kept. Returns their folders. Needs no server. */
  sweep(): Promise<readonly string[]>
}
