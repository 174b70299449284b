import type { Receipt } from '../domain/receipt.js'

/** Where backups are kept. */
export interface BackupStore {
  /** For people, and in receipts: a folder, or `s3://bucket/prefix`. Nothing secret. */
  readonly place: string
  /** On another machine than this. */
  readonly outside: boolean
  /** Free bytes; `undefined` where the store can't tell. */
  room(): Promise<number | undefined>
  /**
   * Tries out, before the first byte, that what is promised below holds here: that nothing is overwritten, that a wrong checksum is
   * refused, that a lock locks. Rejects with `StateError` `store-unsafe`; resolves to what people should know (warnings).
   */
  probe(): Promise<readonly string[]>
  /** Whole or not at all under this name; rejects with code `file-exists` rather than overwrite. SHA-256 is of the stored bytes. */
  write(name: string, content: AsyncIterable<Uint8Array>): Promise<{ readonly bytes: number; readonly sha256: string }>
  read(name: string): AsyncIterable<Uint8Array>
  /** Stored bytes, by the store's own word; `undefined` when there is nothing under this name. */
  size(name: string): Promise<number | undefined>
  /**
   * Takes away what was not proven, and a receipt that was written of it without an answer, so that none is left of a backup that is gone.
   * No error when it is not there. Goes through after a cancel. Rejects with `StateError` `backup-locked-away` when the store keeps it for a
   * while yet: then `sweep` removes it after that.
   */
  remove(name: string): Promise<void>
  writeReceipt(receipt: Receipt): Promise<void>
  /** Newest first. A receipt that can't be read is reported, not skipped: it rejects. */
  receipts(): Promise<readonly Receipt[]>
  /**
   * Takes a backup away together with its receipt, so that a kill in between leaves nothing that looks like a good backup; what is
   * left is finished by `sweep`. Rejects with `StateError` `backup-locked-away` when the store keeps it for a while yet.
   */
  forget(receipt: Receipt): Promise<void>
  /** Removes what runs that are gone left: partial writes, backups that never got a receipt, what was being forgotten. Returns their names. */
  sweep(): Promise<readonly string[]>
}
