import { receiptFile } from '../../../domain/receipt-file.js'
import { FileError, messageOf } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { BackupStore } from '../../../ports/backup-store.js'
import { checkedName } from './names.js'
import { probeFolder } from './probe.js'
import { readReceipts, writeReceipt } from './receipts.js'
import { endWriting, finishForgetting, forgettingIn, noteForgetting, noteWriting, sweepNotes } from './writing.js'

/** Backups as files of one folder that only their owner can read. */
export function diskStore(options: { readonly path: string }, ambient: Ambient): BackupStore {
  const { files } = ambient
  const folder = options.path.replace(/(?<=.)\/+$/, '')
  const fileOf = (name: string): string => `${folder}/${checkedName(name)}`
  return {
    place: folder,
    outside: false,
    room: () => files.room(folder),
    probe: () => probeFolder(folder, ambient),
    async write(name, content) {
      const file = fileOf(name)
      await files.makeFolder(folder, { mode: 0o700 })
      // Before the note: what stands there already is another's.
      if ((await files.info(file)) !== undefined) throw alreadyThere(file)
      await noteWriting(folder, name, ambient)
      const hasher = files.hasher()
      try {
        const { bytes } = await files.create(file, hashed(content, hasher), { mode: 0o600 })
        return { bytes, sha256: hasher.hex() }
      } catch (thrown) {
        await endWriting(folder, name, ambient)
        throw thrown
      }
    },
    read: (name) => files.stream(fileOf(name)),
    size: async (name) => (await files.info(fileOf(name)))?.bytes,
    async remove(name) {
      await files.remove(receiptFile(fileOf(name)))
      await files.remove(fileOf(name))
      await endWriting(folder, name, ambient)
    },
    async writeReceipt(receipt) {
      await writeReceipt(folder, receipt, files)
      await endWriting(folder, receipt.object, ambient).catch((thrown: unknown) => {
        // It is a backup by now; a note beside a receipt is in nobody's way.
        ambient.log.warn(`A note of \`${receipt.object}\` is left to the next run: ${messageOf(thrown)}`)
      })
    },
    receipts: async () => readReceipts(folder, await forgettingIn(folder, ambient), files),
    async forget({ object }) {
      await noteForgetting(folder, checkedName(object), ambient)
      await finishForgetting(folder, object, ambient)
    },
    sweep: () => sweepNotes(folder, ambient),
  }
}

function alreadyThere(file: string): FileError {
  return new FileError('file-exists', { message: `Could not write \`${file}\`: something is already there.`, path: file })
}

async function* hashed(content: AsyncIterable<Uint8Array>, hasher: { update(bytes: Uint8Array): void }): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    hasher.update(chunk)
    yield chunk
  }
}
