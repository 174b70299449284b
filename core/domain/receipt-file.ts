import { receipt as receiptDecoder } from './history-decode.js'
import { decodeText } from './local-control/decode.js'
import type { Receipt } from './receipt.js'

/** How every store names backups and what it keeps beside them. */
const SUFFIX = '.receipt.json'
const FORM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,149}$/

export const BACKUP_NAME_RULE = 'Use letters, digits, dots, dashes and underscores, at most 150, beginning with a letter or digit.'

/** Stays inside its store, is not hidden and leaves room for what is appended to it. */
export function isBackupName(name: string): boolean {
  return FORM.test(name) && !name.endsWith('.json')
}

export function receiptFile(object: string): string {
  return `${object}${SUFFIX}`
}

/** Hidden files are never receipts. */
export function isReceiptFile(name: string): boolean {
  return name.endsWith(SUFFIX) && !name.startsWith('.')
}

export function receiptText(receipt: Receipt): string {
  return `${JSON.stringify(receipt, undefined, 2)}\n`
}

/** Reads what stands in the file of that name; throws a `TypeError` that says what does not fit. */
export function receiptIn(source: string, file: string): Receipt {
  const receipt = decodeText(receiptDecoder, source, 'receipt')
  if (Number.isNaN(Date.parse(receipt.takenAt))) throw new TypeError('`receipt.takenAt` is not a time')
  if (receiptFile(receipt.object) !== file) throw new TypeError(`\`receipt.object\` is "${receipt.object}", which is not the backup beside it`)
  return receipt
}

export function newestFirst(receipts: readonly Receipt[]): readonly Receipt[] {
  return receipts.toSorted((a, b) => Date.parse(b.takenAt) - Date.parse(a.takenAt))
}
