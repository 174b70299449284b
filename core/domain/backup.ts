/** How the database of an environment is backed up, proven and kept. */

/** S3 and what speaks like it. */
export interface S3Options {
  readonly name: 's3'
  readonly bucket: string
  /** Before the names of all objects, without slashes at its ends; empty: none. */
  readonly prefix: string
  readonly region?: string
  /** Of a store that is not AWS; then the bucket is part of the path unless `pathStyle` is false. */
  readonly endpoint?: string
  readonly pathStyle: boolean
  /** Absent: what the environment of the process offers (`AWS_…`). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly storageClass?: string
  /** Each object is locked for so long; the bucket must have been made with object lock. */
  readonly lock?: { readonly mode: 'governance' | 'compliance'; readonly forMs: number }
}

export interface DiskOptions {
  readonly name: 'disk'
  readonly path: string
}

export type StoreChoice = DiskOptions | S3Options

/** Where the client programs run, when not on this machine: beside the server, in its container. The address of the database is as seen from there. */
export type Through =
  | { readonly kind: 'docker'; readonly container: string }
  | { readonly kind: 'compose'; readonly service: string; readonly files: readonly string[]; readonly project?: string }
  | { readonly kind: 'kubernetes'; readonly pod: string; readonly namespace?: string; readonly container?: string; readonly context?: string }
  /** A container of this image for each program, on this machine's network: for a server that is newer than the installed clients. */
  | { readonly kind: 'image'; readonly image: string }

export const dumpFormats = ['custom', 'directory'] as const
export type DumpFormat = (typeof dumpFormats)[number]

/** `restore`: restored from the store and compared; `list`: read whole, without a server; `none`: taken at its word. */
export const proofs = ['restore', 'list', 'none'] as const
export type Proof = (typeof proofs)[number]

/** Where a copy is restored for proof. */
export type ScratchPlace =
  | { readonly kind: 'same' }
  /** Another server; the address names a database that may be connected to. Secret. */
  | { readonly kind: 'server'; readonly url: string }
  /** A throw-away container of this image. */
  | { readonly kind: 'container'; readonly image: string }
  /** A throw-away cluster made with `initdb` on this machine; the folder that has it, or what is installed. */
  | { readonly kind: 'embedded'; readonly programs?: string }

/** How many of each are kept, of each database: the newest of each day, week and month (UTC). */
export interface KeepPolicy {
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
}

/** Continuous archiving by an installed pgBackRest. */
export interface PgBackRestOptions {
  readonly stanza: string
  /** Its configuration file, as seen from where it runs. */
  readonly config?: string
  readonly repo?: number
  /** A full backup when the last one is older; else a differential one. */
  readonly fullEveryMs: number
}

export interface BackupPolicy {
  /** Address of the database. Secret. */
  readonly database: string
  /** Who signed the certificate of its server, as PEM text. */
  readonly ca?: string
  readonly through?: Through
  readonly store: StoreChoice
  /** A second store; both must succeed. */
  readonly copyTo?: StoreChoice
  /** Recipients, `age1…`; none: not encrypted. */
  readonly encryptTo: readonly string[]
  /** Opens what was encrypted, `AGE-SECRET-KEY-1…`, one or more lines. Secret. */
  readonly identity?: string
  /** Said by the user: backups may leave this machine as they are. */
  readonly allowUnencrypted: boolean
  /** Said by the user: a promotion takes a backup that nobody restored. */
  readonly acceptUnverified: boolean
  readonly format: DumpFormat
  readonly jobs: number
  readonly proof: Proof
  readonly proveIn: ScratchPlace
  /** A checksum over the content of every table. */
  readonly checksums: boolean
  readonly keep?: KeepPolicy
  readonly maxAgeMs?: number
  /** Absent: dumps. */
  readonly pointInTime?: PgBackRestOptions
}

/** What goes without saying. */
export function usualBackup(database: string, store: StoreChoice): BackupPolicy {
  return {
    database, store, encryptTo: [], allowUnencrypted: false, acceptUnverified: false, format: 'custom', jobs: 2,
    proof: 'restore', proveIn: { kind: 'same' }, checksums: false,
  }
}
