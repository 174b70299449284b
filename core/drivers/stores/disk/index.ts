import { FileError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { BackupStore } from '../../../ports/backup-store.js'
import { checkedName } from './names.js'
import { readReceipts, receiptFile, receiptText } from './receipts.js'
import { endWriting, noteWriting, sweepWritings } from './writing.js'

/** Backups as files of one folder that only their owner can read. */
export function diskStore(options: { readonly path: string }, ambient: Ambient): BackupStore {
  const { files } = ambient
  const folder = options.path.replace(/(?<=.)\/+$/, '')
  const fileOf = (name: string): string => `${folder}/${checkedName(name)}`
  return {
    place: folder,
    room: () => files.room(folder),
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
    async remove(name) {
      await files.remove(fileOf(name))
      await endWriting(folder, name, ambient)
    },
    async writeReceipt(receipt) {
      await files.write(`${folder}/${receiptFile(checkedName(receipt.object))}`, receiptText(receipt), { mode: 0o600 })
      await endWriting(folder, receipt.object, ambient)
    },
    receipts: () => readReceipts(folder, files),
    sweep: () => sweepWritings(folder, ambient),
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
