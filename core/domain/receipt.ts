import type { DumpFormat } from './backup.js'

/** Proof of one backup. Written beside the backup, into the ledger and as an output. */
export interface Receipt {
  readonly format: 1
  readonly id: string
  readonly app: string
  readonly environment: string
  /** The release that was live when the backup was taken. */
  readonly version: string
  readonly database: { readonly host: string; readonly port: number; readonly name: string; readonly systemIdentifier: string }
  readonly store: string
  /** The backup's name in its store; the label of a backup that pgBackRest keeps. */
  readonly object: string
  readonly bytes: number
  /** Of the stored bytes, hex; empty where the archiver keeps checksums of its own. */
  readonly sha256: string
  readonly compression: string
  readonly takenAt: string
  readonly dumpMs: number
  readonly clientVersion: string
  readonly serverVersion: string
  readonly schemaRevision: string
  readonly fingerprint: Fingerprint
  readonly verified: Verified | null
  /** Absent in receipts of older versions, which knew `custom` only. `archive`: with all changes since. */
  readonly kind?: DumpFormat | 'archive'
  /** Who can open it: recipients of age. Absent: anybody. */
  readonly encryptedFor?: readonly string[]
  /** Where else it is, under the same name. */
  readonly copies?: readonly { readonly store: string }[]
  /** Of an archive: where in the stream of changes it was counted, and whether to the row. */
  readonly moment?: { readonly position: string; readonly exact: boolean }
  /** Read whole, without a server. */
  readonly listed?: { readonly at: string; readonly entries: number }
  /** Who took it: run, attempt and person. */
  readonly by?: { readonly run: string; readonly actor: string; readonly url: string }
  /** Before a restore in place, of what it took the place of. Absent: to be kept. */
  readonly takenFor?: 'restore'
}

export interface Verified {
  readonly at: string
  readonly how: 'restored'
  readonly restoreMs: number
  /** Absent: on the same server. */
  readonly where?: string
}

/** What a database holds, comparable between a database and its restored copy. */
export interface Fingerprint {
  /** SHA-256 (hex) over the normalized schema: relations, columns, types, defaults, constraints, indexes, functions. */
  readonly schema: string
  /** `schema.table` → exact row count, in the dump's own snapshot. */
  readonly rows: Readonly<Record<string, number>>
  /** `schema.sequence` → last value. */
  readonly sequences: Readonly<Record<string, string>>
  /** name → version */
  readonly extensions: Readonly<Record<string, string>>
  readonly largeObjects: number
  /** `schema.table` → checksum over all of its rows in any order; only where it was asked for. */
  readonly checksums?: Readonly<Record<string, string>>
}
