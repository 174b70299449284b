import { randomBytes } from 'node:crypto'
import type { S3Options } from '../../../domain/backup.js'
import { BACKUP_NAME_RULE, isBackupName, receiptFile } from '../../../domain/receipt-file.js'
import { FileError, messageOf } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { BackupStore } from '../../../ports/backup-store.js'
import { accessOf, type Variables } from './access.js'
import { endNote, finishForgetting, lockedAway, note, noteLate, refuseLocked, sweepNotes, withdraw } from './notes.js'
import { drop, headOf, taken, type Lock } from './objects.js'
import { USUAL_CUT, type Cut } from './parts.js'
import { probeBucket } from './probe.js'
import { reading } from './reading.js'
import { readReceipts, writeReceipt } from './receipts.js'
import { abortUploads, COMPLETE_MS, upload, type Doubt } from './upload.js'
import { openWire, type Wire } from './wire.js'

/** Backups as objects of a bucket. Requests are made when they are needed; what is missing to make them is said at once. */
export function s3Store(options: S3Options, ambient: Ambient, env: Variables, cut: Cut = USUAL_CUT): BackupStore {
  const access = accessOf(options, env)
  for (const secret of access.secrets) ambient.mask(secret)
  const wire = openWire(options, access, ambient)
  const checked = (name: string): string => checkedName(name, wire)
  const lock = (): Lock | undefined => (options.lock === undefined ? undefined : { mode: options.lock.mode, until: new Date(ambient.clock.now() + options.lock.forMs) })
  return {
    place: wire.place,
    outside: !/^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|\/|$)/.test(options.endpoint ?? ''),
    room: () => Promise.resolve(undefined),
    probe: () => probeBucket(wire, options.lock?.mode),
    write: (name, content) => write(wire, checked(name), content, { cut, ...(options.storageClass === undefined ? {} : { storageClass: options.storageClass }) }),
    read: (name) => reading(wire, checked(name)),
    size: async (name) => (await headOf(wire, checked(name)))?.bytes,
    async remove(name) {
      const back = wire.shielded()
      await abortUploads(back, checked(name))
      await drop(back, receiptFile(name))
      if (!(await withdraw(back, name))) throw lockedAway(back, name, (await headOf(back, name))?.lockedUntil)
      ambient.remember('backup', '')
    },
    async writeReceipt(receipt) {
      await writeReceipt(wire, { ...receipt, object: checked(receipt.object) }, lock())
      ambient.remember('backup', '')
      await endNote(wire.shielded(), receipt.object, 'writing').catch((thrown: unknown) => {
        // It is a backup by now; a note beside a receipt is in nobody's way.
        ambient.log.warn(`A note of \`${receipt.object}\` is left to the next run: ${messageOf(thrown)}`)
      })
    },
    receipts: () => readReceipts(wire),
    forget: ({ object }) => forget(wire.shielded(), checked(object)),
    sweep: () => sweepNotes(wire),
  }
}

async function write(wire: Wire, name: string, content: AsyncIterable<Uint8Array>, how: { readonly cut: Cut; readonly storageClass?: string }): Promise<{ readonly bytes: number; readonly sha256: string }> {
  // Before the note: what stands there already is another's.
  if ((await headOf(wire, name)) !== undefined) throw taken(wire, name)
  const mark = randomBytes(16).toString('hex')
  await noteWriting(wire, name, mark)
  wire.ambient.remember('backup', name)
  const doubt: Doubt = { mayAppear: false }
  try {
    return await upload(wire, content, { name, mark, doubt, ...how })
  } catch (thrown) {
    await takeBack(wire.shielded(), name, mark, doubt)
    throw thrown
  }
}

async function noteWriting(wire: Wire, name: string, mark: string): Promise<void> {
  try {
    await note(wire, name, 'writing', mark)
  } catch (thrown) {
    if (!(thrown instanceof FileError && thrown.code === 'file-exists')) throw thrown
    throw new FileError('file-exists', { message: `Could not write \`${wire.place}/${name}\`: another run is writing it.`, path: `${wire.place}/${name}`, cause: thrown })
  }
}

/** What could not be taken back, or may come yet, keeps its note, by which the next run finds it. */
async function takeBack(back: Wire, name: string, mark: string, { mayAppear }: Doubt): Promise<void> {
  const left = (why: string): void => back.ambient.log.warn(`What was written of \`${name}\` is left to the next run: ${why}`)
  try {
    await abortUploads(back, name)
    const there = await headOf(back, name)
    if (there === undefined && mayAppear) {
      await noteLate(back, name, mark, COMPLETE_MS)
      return left('the store was asked to put it together, and did not say whether it will')
    }
    if (there?.mark !== mark) await endNote(back, name, 'writing')
    else if (!(await withdraw(back, name))) return left('the store keeps it for now')
    back.ambient.remember('backup', '')
  } catch (thrown) {
    left(messageOf(thrown))
  }
}

async function forget(wire: Wire, name: string): Promise<void> {
  await refuseLocked(wire, name)
  if ((await headOf(wire, name)) === undefined && (await headOf(wire, receiptFile(name))) === undefined) return
  await noteForgetting(wire, name)
  if (!(await finishForgetting(wire, name))) throw lockedAway(wire, name, undefined)
}

/** A note that is there already says the same. */
async function noteForgetting(wire: Wire, name: string): Promise<void> {
  try {
    await note(wire, name, 'forgetting', randomBytes(16).toString('hex'))
  } catch (thrown) {
    if (!(thrown instanceof FileError)) throw thrown
  }
}

function checkedName(name: string, { place }: Wire): string {
  if (isBackupName(name)) return name
  throw new FileError('file-refused', { message: `"${name}" can not be the name of a backup in ${place}.`, fix: BACKUP_NAME_RULE, path: name })
}
