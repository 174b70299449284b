import { receipt as receiptDecoder } from '../../../domain/history-decode.js'
import { decodeText } from '../../../domain/local-control/decode.js'
import type { Receipt } from '../../../domain/receipt.js'
import { messageOf, StateError } from '../../../errors/families.js'
import type { Files } from '../../../ports/files.js'

const SUFFIX = '.receipt.json'

export function receiptFile(object: string): string {
  return `${object}${SUFFIX}`
}

export function receiptText(receipt: Receipt): string {
  return `${JSON.stringify(receipt, undefined, 2)}\n`
}

/** Newest first. One that can not be read is an error: a backup nobody can account for must not be passed over. */
export async function readReceipts(folder: string, files: Files): Promise<readonly Receipt[]> {
  const names = (await files.list(folder)).map(({ name }) => name).filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'))
  const receipts = await Promise.all(names.map(async (name) => decoded(await files.text(`${folder}/${name}`), `${folder}/${name}`)))
  return receipts.toSorted((a, b) => Date.parse(b.takenAt) - Date.parse(a.takenAt))
}

function decoded(source: string, file: string): Receipt {
  try {
    const receipt = decodeText(receiptDecoder, source, 'receipt')
    if (Number.isNaN(Date.parse(receipt.takenAt))) throw new TypeError('`receipt.takenAt` is not a time')
    if (receiptFile(receipt.object) !== file.slice(file.lastIndexOf('/') + 1)) throw new TypeError(`\`receipt.object\` is "${receipt.object}", which is not the backup beside it`)
    return receipt
  } catch (thrown) {
    throw new StateError('receipt-corrupt', { message: `Could not read the receipt \`${file}\`: ${messageOf(thrown)}.`, cause: thrown })
  }
}
