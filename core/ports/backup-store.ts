import type { Receipt } from '../domain/receipt.js'

/** Where backups are kept. */
export interface BackupStore {
  readonly place: string
  /** Free bytes; `undefined` where the store can't tell. */
  room(): Promise<number | undefined>
  /** Whole or not at all under this name; rejects with code `file-exists` rather than overwrite. SHA-256 is of the stored bytes. */
  write(name: string, content: AsyncIterable<Uint8Array>): Promise<{ readonly bytes: number; readonly sha256: string }>
  read(name: string): AsyncIterable<Uint8Array>
  /** No error when it is not there. Goes through after a cancel. */
  remove(name: string): Promise<void>
  writeReceipt(receipt: Receipt): Promise<void>
  /** Newest first. A receipt that can't be read is reported, not skipped: it rejects. */
  receipts(): Promise<readonly Receipt[]>
  /** Removes what runs that are gone left: partial writes, and backups that never got a receipt. Returns their names. */
  sweep(): Promise<readonly string[]>
}
