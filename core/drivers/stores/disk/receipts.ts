import { isReceiptFile, newestFirst, receiptFile, receiptIn, receiptText } from '../../../domain/receipt-file.js'
import type { Receipt } from '../../../domain/receipt.js'
import { FileError, messageOf, StateError } from '../../../errors/families.js'
import type { Files } from '../../../ports/files.js'
import { checkedName } from './names.js'

/** A receipt says what was proven: another one for the same backup never takes its place. */
export async function writeReceipt(folder: string, receipt: Receipt, files: Files): Promise<void> {
  const [file, text] = [`${folder}/${receiptFile(checkedName(receipt.object))}`, receiptText(receipt)]
  try {
    await files.create(file, once(text), { mode: 0o600 })
  } catch (thrown) {
    // Written before, perhaps by this very call before it was cut off.
    if (thrown instanceof FileError && thrown.code === 'file-exists' && (await files.textIfThere(file)) === text) return
    throw thrown
  }
}

/** Newest first, without those of `forgetting`. One that can't be read is an error: a backup nobody can account for must not be passed over. */
export async function readReceipts(folder: string, forgetting: (name: string) => boolean, files: Files): Promise<readonly Receipt[]> {
  const names = (await files.list(folder)).map(({ name }) => name).filter((name) => isReceiptFile(name) && !forgetting(name))
  const found = await Promise.all(names.map(async (name) => {
    const source = await files.textIfThere(`${folder}/${name}`)
    // Another run may have taken it away since the list was made.
    return source === undefined ? [] : [decoded(source, folder, name)]
  }))
  return newestFirst(found.flat())
}

function decoded(source: string, folder: string, name: string): Receipt {
  try {
    return receiptIn(source, name)
  } catch (thrown) {
    throw new StateError('receipt-corrupt', { message: `Could not read the receipt \`${folder}/${name}\`: ${messageOf(thrown)}.`, cause: thrown })
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}
