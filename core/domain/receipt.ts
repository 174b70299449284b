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
  /** The backup's name in its store. */
  readonly object: string
  readonly bytes: number
  /** Of the stored bytes, hex. */
  readonly sha256: string
  readonly compression: string
  readonly takenAt: string
  readonly dumpMs: number
  readonly clientVersion: string
  readonly serverVersion: string
  readonly schemaRevision: string
  readonly fingerprint: Fingerprint
  readonly verified: { readonly at: string; readonly how: 'restored'; readonly restoreMs: number } | null
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
}
