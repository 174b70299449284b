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

export interface Dump {
  /** The dump's bytes, compressed by `compression`; throws at the end when the dump failed. */
  readonly content: AsyncIterable<Uint8Array>
  readonly compression: string
  /** Of the same snapshot as the content. */
  readonly fingerprint: Fingerprint
  /** What the fingerprint's schema hash is made of. */
  readonly outline: Outline
  /** Sequences obey no snapshot: what they say now, to be asked when the content has ended. */
  sequencesNow(): Promise<Fingerprint['sequences']>
  close(): Promise<void>
}

/** A database of our own beside the real one, under a random name. */
export interface Scratch {
  readonly name: string
  restore(content: AsyncIterable<Uint8Array>): Promise<void>
  fingerprint(): Promise<Fingerprint>
  outline(): Promise<Outline>
  /** Does nothing when it is gone. Goes through after a cancel. */
  drop(): Promise<void>
}

/** One database. Faults reject with `RemoteError` or `ProcessError`; nothing of the connection's password is in them. */
export interface Database {
  /** Rejects with `InputError` `client-too-old` when the installed client can't dump this server. */
  about(): Promise<DatabaseAbout>
  dump(): Promise<Dump>
  scratch(): Promise<Scratch>
  /** Puts a restored copy in the place of the real database, by rename. Returns the name the old one is kept under. */
  replaceWith(scratch: Scratch): Promise<string>
  /** Drops scratch databases whose run is gone, and the named one whoever made it. Returns their names. */
  sweep(named?: string): Promise<readonly string[]>
}
