import type { DumpFormat } from '../domain/backup.js'
import type { Outline } from '../domain/fingerprint.js'
import type { Fingerprint } from '../domain/receipt.js'

export interface DatabaseAbout {
  readonly host: string
  readonly port: number
  readonly name: string
  readonly systemIdentifier: string
  readonly serverVersion: string
  readonly clientVersion: string
  /** Bytes on the server's disk. */
  readonly bytes: number
}

/** What a copy must have in common with the real database so that text sorts and compares alike. */
export interface DatabaseTraits {
  readonly encoding: string
  readonly collate: string
  readonly ctype: string
  /** `c`, `i` (ICU) or `b` (builtin). */
  readonly provider: string
  /** Of ICU and builtin; else empty. */
  readonly locale: string
  readonly rules: string
  readonly tablespace: string
}

export interface DumpRequest {
  readonly format: DumpFormat
  /** Programs at work side by side. */
  readonly jobs: number
  /** A checksum of every table's content in the fingerprint. */
  readonly checksums: boolean
}

/** What a database held at one moment. */
export interface Taken {
  readonly fingerprint: Fingerprint
  /** What the fingerprint's schema hash is made of. */
  readonly outline: Outline
}

export interface Dump {
  /** The dump's bytes, compressed by `compression`; throws at the end when the dump failed. */
  readonly content: AsyncIterable<Uint8Array>
  readonly format: DumpFormat
  readonly compression: string
  /** Of the same snapshot as the content; may be asked while the content is read, and again. */
  taken(): Promise<Taken>
  /** Sequences obey no snapshot: what they say now, to be asked when the content has ended. */
  sequencesNow(): Promise<Fingerprint['sequences']>
  close(): Promise<void>
}

/** A database of our own, under a random name. */
export interface Scratch {
  readonly name: string
  /** It has the owners and privileges of the real one, without which it can't take its place. */
  readonly faithful: boolean
  /** By so many connections side by side (default 2) where there is room here to unpack the backup; `bytes`: its size as it is stored, to tell. */
  restore(content: AsyncIterable<Uint8Array>, how?: { readonly jobs: number; readonly bytes?: number }): Promise<void>
  fingerprint(what?: { readonly checksums: boolean }): Promise<Fingerprint>
  outline(): Promise<Outline>
  /** Does nothing when it is gone. Goes through after a cancel. */
  drop(): Promise<void>
}

/** One database. Faults reject with `RemoteError` or `ProcessError`; nothing of the connection's password is in them. */
export interface Database {
  /** Rejects with `InputError` `client-too-old` when no client at hand can dump this server. */
  about(): Promise<DatabaseAbout>
  traits(): Promise<DatabaseTraits>
  /** `custom`, one at a time and without checksums unless said. Rejects with `disk-full` before anything is read when the format needs room on this machine that is not there. */
  dump(request?: Partial<DumpRequest>): Promise<Dump>
  /** Reads a backup whole, without a server: how many objects it lists. Rejects with `backup-corrupt`. */
  entries(content: AsyncIterable<Uint8Array>): Promise<number>
  /** On the same server. */
  scratch(): Promise<Scratch>
  /** What `replaceWith` needs, before hours are spent on a copy. Rejects with `StateError` `database-refused`, with all that is missing. */
  refuseReplacement(): Promise<void>
  /**
   * Puts a restored copy in the place of the real database, by rename. Returns the name the old one is kept under, which `announced`
   * hears before anything is renamed. Rejects with `StateError` `replacement-unknown` when nobody could look how it ended.
   */
  replaceWith(scratch: Scratch, announced?: (kept: string) => Promise<void>): Promise<string>
  /** Whether the server has a database of this name. */
  has(name: string): Promise<boolean>
  /** Gives a restored copy a name for good. Rejects with `StateError` `database-exists`. */
  keepAs(scratch: Scratch, name: string): Promise<void>
  /** Drops scratch databases whose run is gone, and the named one whoever made it. Returns their names. */
  sweep(named?: string): Promise<readonly string[]>
}
