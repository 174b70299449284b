import { createHash } from 'node:crypto'
import { isReceiptFile, newestFirst, receiptFile, receiptIn, receiptText } from '../../../domain/receipt-file.js'
import type { Receipt } from '../../../domain/receipt.js'
import { FileError, messageOf, StateError } from '../../../errors/families.js'
import { notedIn } from './notes.js'
import { createObject, headOf, listed, lockMode, textOf, type Lock } from './objects.js'
import type { Wire } from './wire.js'

const AT_ONCE = 16

/** A receipt says what was proven: another one for the same backup never takes its place. Locks the backup first, where locks are asked for. */
export async function writeReceipt(wire: Wire, receipt: Receipt, lock: Lock | undefined): Promise<void> {
  const [name, text] = [receiptFile(receipt.object), receiptText(receipt)]
  // What pgBackRest keeps is not in the bucket.
  if (lock !== undefined && receipt.kind !== 'archive') await lockBackup(wire, receipt.object, lock)
  try {
    await createObject(wire, { name, body: Buffer.from(text), mark: createHash('sha256').update(text).digest('hex'), ...(lock === undefined ? {} : { lock }) })
  } catch (thrown) {
    // Written before, perhaps by this very call before it was cut off.
    if (thrown instanceof FileError && (await textOf(wire, name)) === text) return
    throw thrown
  }
}

/** Only what is proven is locked: everything else must be able to go. */
async function lockBackup(wire: Wire, name: string, lock: Lock): Promise<void> {
  const there = await headOf(wire, name)
  if (there === undefined) throw new FileError('file-missing', { message: `Could not lock \`${wire.place}/${name}\`: it is not there.`, path: `${wire.place}/${name}` })
  await wire.call({ what: `lock \`${wire.place}/${name}\``, right: 's3:PutObjectRetention' }, ({ sdk, client, how }) => client.send(new sdk.PutObjectRetentionCommand({
    Bucket: wire.bucket, Key: wire.keyOf(name), Retention: { Mode: lockMode(lock), RetainUntilDate: lock.until }, ...(there.versionId === undefined ? {} : { VersionId: there.versionId }),
  }), how))
}

/** Newest first, without what is being forgotten. One that can't be read is an error: a backup nobody can account for must not be passed over. */
export async function readReceipts(wire: Wire): Promise<readonly Receipt[]> {
  const entries = await listed(wire)
  const forgetting = new Set(notedIn(entries, 'forgetting').map(({ about }) => receiptFile(about)))
  const names = entries.map(({ name }) => name).filter((name) => isReceiptFile(name) && !forgetting.has(name))
  const found: Receipt[] = []
  const work = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const text = await textOf(wire, name)
      // Another run may have taken it away since the list was made.
      if (text !== undefined) found.push(decoded(wire, name, text))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return newestFirst(found)
}

function decoded(wire: Wire, name: string, text: string): Receipt {
  try {
    return receiptIn(text, name)
  } catch (thrown) {
    throw new StateError('receipt-corrupt', { message: `Could not read the receipt \`${wire.place}/${name}\`: ${messageOf(thrown)}.`, cause: thrown })
  }
}
