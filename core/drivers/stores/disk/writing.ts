import { runInfo } from '../../../domain/history-decode.js'
import { decodeText } from '../../../domain/local-control/decode.js'
import { receiptFile } from '../../../domain/receipt-file.js'
import type { RunInfo } from '../../../domain/history.js'
import { FileError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'

const WRITING = '.writing.json'
const FORGETTING = '.forgetting.json'
const DRAFT = /^\.(\..*\.(writing|forgetting)\.json\.[0-9a-f]+\.tmp|\.?probe-[0-9a-f]+(\.[0-9a-f]+\.tmp)?)$/
const ABANDONED_AFTER_MS = 24 * 60 * 60_000

/**
 * Says who is about to write a backup, before the first byte of it; gone again once the backup has its receipt or is
 * removed. What stands beside such a note is not a backup yet. One writer of a name at a time: the second one is refused.
 */
export async function noteWriting(folder: string, name: string, ambient: Ambient): Promise<void> {
  try {
    await ambient.files.create(noteOf(folder, name, WRITING), runText(ambient.run), { mode: 0o600 })
  } catch (thrown) {
    if (!(thrown instanceof FileError && thrown.code === 'file-exists')) throw thrown
    throw new FileError('file-exists', { message: `Could not write \`${folder}/${name}\`: another run is writing it.`, path: `${folder}/${name}`, cause: thrown })
  }
  ambient.remember('backup', name)
}

export async function endWriting(folder: string, name: string, ambient: Ambient): Promise<void> {
  await ambient.files.remove(noteOf(folder, name, WRITING))
  ambient.remember('backup', '')
}

/** From here on it is not among the backups any more, and who finds the note finishes the work. */
export async function noteForgetting(folder: string, name: string, ambient: Ambient): Promise<void> {
  await ambient.files.write(noteOf(folder, name, FORGETTING), JSON.stringify(ambient.run), { mode: 0o600 })
}

/** The receipt first: whatever is left after a kill does not look like a good backup, with or without the note. */
export async function finishForgetting(folder: string, name: string, { files }: Ambient): Promise<void> {
  await files.remove(`${folder}/${receiptFile(name)}`)
  await files.remove(`${folder}/${name}`)
  await files.remove(noteOf(folder, name, FORGETTING))
}

/** Whether the file of that name is the receipt of a backup that is being forgotten. */
export async function forgettingIn(folder: string, { files }: Ambient): Promise<(file: string) => boolean> {
  const receipts = new Set(notedIn(await namesIn(folder, files), FORGETTING).map(receiptFile))
  return (file) => receipts.has(file)
}

/** Removes what writers left that are gone: known dead on this machine, or silent for a day on another. Finishes what they were forgetting. */
export async function sweepNotes(folder: string, ambient: Ambient): Promise<readonly string[]> {
  const entries = await namesIn(folder, ambient.files)
  const removed: string[] = []
  for (const name of notedIn(entries, WRITING)) {
    if (await isGone(noteOf(folder, name, WRITING), ambient)) removed.push(...(await sweepWriting(folder, name, ambient)))
  }
  for (const name of notedIn(entries, FORGETTING)) {
    if (!(await isGone(noteOf(folder, name, FORGETTING), ambient))) continue
    await finishForgetting(folder, name, ambient)
    removed.push(name)
  }
  return [...removed, ...(await sweepDrafts(folder, entries, ambient))]
}

/** What never became a note or a probe; a day old, since nothing says whose it is. */
async function sweepDrafts(folder: string, entries: readonly string[], { files, clock }: Ambient): Promise<readonly string[]> {
  const drafts = entries.filter((entry) => DRAFT.test(entry))
  const old: string[] = []
  for (const entry of drafts) {
    const info = await files.info(`${folder}/${entry}`)
    if (info === undefined || clock.now() - info.modifiedAt <= ABANDONED_AFTER_MS) continue
    await files.remove(`${folder}/${entry}`)
    old.push(entry)
  }
  return old
}

async function sweepWriting(folder: string, name: string, ambient: Ambient): Promise<readonly string[]> {
  // Only now that nobody writes any more: its last act may have been the receipt.
  const entries = await namesIn(folder, ambient.files)
  const hasReceipt = entries.includes(receiptFile(name))
  // The temporary file of a write is named after its target, hidden, with a random end.
  const left = entries.filter((entry) => (!hasReceipt && entry === name) || (entry.startsWith(`.${name.slice(0, 100)}.`) && entry.endsWith('.tmp')))
  for (const entry of left) await ambient.files.remove(`${folder}/${entry}`)
  await endWriting(folder, name, ambient)
  return left
}

async function isGone(note: string, ambient: Ambient): Promise<boolean> {
  const [source, info] = await Promise.all([ambient.files.textIfThere(note), ambient.files.info(note)])
  if (source === undefined || info === undefined) return false
  const writer = writerOf(source)
  // However long it takes: its process is seen here.
  if (writer?.host === ambient.run.host) return !ambient.process.alive(writer.pid, writer.started)
  return ambient.clock.now() - info.modifiedAt > ABANDONED_AFTER_MS
}

function writerOf(source: string): RunInfo | undefined {
  try {
    return decodeText(runInfo, source, 'note')
  } catch {
    return undefined
  }
}

async function namesIn(folder: string, files: Ambient['files']): Promise<readonly string[]> {
  return (await files.list(folder)).map(({ name }) => name)
}

function notedIn(entries: readonly string[], suffix: string): readonly string[] {
  return entries.filter((entry) => entry.startsWith('.') && entry.endsWith(suffix)).map((entry) => entry.slice(1, -suffix.length))
}

function noteOf(folder: string, name: string, suffix: string): string {
  return `${folder}/.${name}${suffix}`
}

async function* runText(run: RunInfo): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(JSON.stringify(run))
}
