export interface Entry {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
}

export interface FileInfo {
  readonly kind: Entry['kind']
  readonly bytes: number
  /** Permission bits, as 0o755. */
  readonly mode: number
  readonly modifiedAt: number
}

/** Files of this machine. Paths are absolute or relative to the working folder. Faults reject with `FileError`. */
export interface Files {
  text(path: string): Promise<string>
  /** `undefined` when there is no such file. */
  textIfThere(path: string): Promise<string | undefined>
  bytes(path: string): Promise<Uint8Array>
  /** From a byte on, when one is given: for a file that only grows. */
  stream(path: string, from?: number): AsyncIterable<Uint8Array>
  /** Whole or not at all: a temporary file in the same folder, fsync, rename. Creates folders. */
  write(path: string, content: string | Uint8Array, options?: { readonly mode?: number }): Promise<void>
  /** Streams into a temporary file in the same folder, fsync, then links it to `path`; rejects with code `file-exists` when that is there. */
  create(path: string, content: AsyncIterable<Uint8Array>, options?: { readonly mode?: number }): Promise<{ readonly bytes: number }>
  /** One append of the whole text and an fsync; creates the file (mode 0600) and its folders. */
  append(path: string, text: string): Promise<void>
  info(path: string): Promise<FileInfo | undefined>
  /** Sorted by name; empty when there is no such folder. */
  list(path: string): Promise<readonly Entry[]>
  link(target: string, path: string): Promise<void>
  readLink(path: string): Promise<string>
  makeFolder(path: string, options?: { readonly mode?: number }): Promise<void>
  /** A new empty folder of our own; the caller removes it. */
  temporary(prefix: string): Promise<string>
  rename(from: string, to: string): Promise<void>
  chmod(path: string, mode: number): Promise<void>
  /** File or folder with all in it; no error when it is not there. */
  remove(path: string): Promise<void>
  /** Free bytes on the disk that holds the path. */
  room(path: string): Promise<number>
  sha256(content: string | Uint8Array): string
  /** An incremental SHA-256. */
  hasher(): { update(bytes: Uint8Array): void; hex(): string }
  /** Streams through gzip; deterministic (no name, no time). */
  gzip(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
  gunzip(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
}
