import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { RunInfo } from '../../../core/domain/history.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { FileError, StateError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'

/** What several fake clients share. */
export interface FakeShelf {
  readonly objects: Map<string, { readonly bytes: Uint8Array; readonly whole: boolean }>
  readonly writers: Map<string, RunInfo>
  readonly receipts: Map<string, Receipt>
  /** Kept by the store for a while: `forget` is refused. */
  readonly locked: Set<string>
}

export function fakeShelf(): FakeShelf {
  return { objects: new Map(), writers: new Map(), receipts: new Map(), locked: new Set() }
}

/** A store in memory that keeps what the port promises; it passes the same suite as the real ones. */
export function fakeStore(shelf: FakeShelf, { run, process }: Pick<Ambient, 'run' | 'process'>): BackupStore {
  const { objects, writers, receipts, locked } = shelf
  return {
    place: 'memory',
    outside: false,
    probe: () => Promise.resolve([]),
    room: () => Promise.resolve(undefined),
    async write(name, content) {
      if (objects.has(name) || writers.has(name)) throw new FileError('file-exists', { message: `\`${name}\` is already there.`, path: name })
      writers.set(name, run)
      const hash = createHash('sha256')
      const chunks: Uint8Array[] = []
      try {
        for await (const chunk of content) {
          hash.update(chunk)
          chunks.push(chunk)
          objects.set(name, { bytes: Buffer.concat(chunks), whole: false })
        }
      } catch (thrown) {
        objects.delete(name)
        writers.delete(name)
        throw thrown
      }
      const bytes = Buffer.concat(chunks)
      objects.set(name, { bytes, whole: true })
      return { bytes: bytes.length, sha256: hash.digest('hex') }
    },
    size: (name) => Promise.resolve(objects.get(name)?.whole === true ? objects.get(name)?.bytes.length : undefined),
    async *read(name) {
      const found = objects.get(name)
      if (found?.whole !== true) throw new FileError('file-missing', { message: `\`${name}\` is not there.`, path: name })
      yield found.bytes
    },
    async remove(name) {
      receipts.delete(name)
      objects.delete(name)
      writers.delete(name)
    },
    async writeReceipt(receipt) {
      const { object } = receipt
      if (receipts.has(object) && !isDeepStrictEqual(receipts.get(object), receipt)) throw new FileError('file-exists', { message: `The receipt of \`${object}\` is already there.`, path: object })
      receipts.set(object, receipt)
      writers.delete(receipt.object)
    },
    receipts: () => Promise.resolve([...receipts.values()].toSorted((a, b) => Date.parse(b.takenAt) - Date.parse(a.takenAt))),
    async forget({ object }) {
      if (locked.has(object)) throw new StateError('backup-locked-away', { message: `\`${object}\` is locked.` })
      receipts.delete(object)
      objects.delete(object)
    },
    async sweep() {
      const gone = [...writers].filter(([name, { pid, started }]) => !process.alive(pid, started) && !receipts.has(name)).map(([name]) => name)
      for (const name of gone) {
        objects.delete(name)
        writers.delete(name)
      }
      return gone
    },
  }
}
