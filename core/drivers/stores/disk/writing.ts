import { runInfo } from '../../../domain/history-decode.js'
import { decodeText } from '../../../domain/local-control/decode.js'
import type { RunInfo } from '../../../domain/history.js'
import type { Ambient } from '../../../ports/ambient.js'
import { receiptFile } from './receipts.js'

const SUFFIX = '.writing.json'
const ABANDONED_AFTER_MS = 24 * 60 * 60_000

/**
 * Says who is about to write a backup, before the first byte of it; gone again once the backup has its receipt or is
 * removed. What stands beside such a note is not a backup yet.
 */
export async function noteWriting(folder: string, name: string, ambient: Ambient): Promise<void> {
  ambient.remember('backup', name)
  await ambient.files.write(noteOf(folder, name), JSON.stringify(ambient.run), { mode: 0o600 })
}

export async function endWriting(folder: string, name: string, ambient: Ambient): Promise<void> {
  await ambient.files.remove(noteOf(folder, name))
  ambient.remember('backup', '')
}

/** Removes what writers left that are gone: known dead on this machine, or silent for a day on another. */
export async function sweepWritings(folder: string, ambient: Ambient): Promise<readonly string[]> {
  const { files } = ambient
  const entries = (await files.list(folder)).map(({ name }) => name)
  const removed: string[] = []
  for (const note of entries.filter((name) => name.startsWith('.') && name.endsWith(SUFFIX))) {
    const name = note.slice(1, -SUFFIX.length)
    if (!(await isGone(`${folder}/${note}`, ambient))) continue
    const hasReceipt = entries.includes(receiptFile(name))
    // The temporary file of a write is named after its target, hidden, with a random end.
    const left = entries.filter((entry) => (!hasReceipt && entry === name) || (entry.startsWith(`.${name.slice(0, 100)}.`) && entry.endsWith('.tmp')))
    for (const entry of left) {
      await files.remove(`${folder}/${entry}`)
      removed.push(entry)
    }
    await endWriting(folder, name, ambient)
  }
  return removed
}

async function isGone(note: string, ambient: Ambient): Promise<boolean> {
  const [source, info] = await Promise.all([ambient.files.textIfThere(note), ambient.files.info(note)])
  if (source === undefined || info === undefined) return false
  if (ambient.clock.now() - info.modifiedAt > ABANDONED_AFTER_MS) return true
  const writer = writerOf(source)
  return writer !== undefined && writer.host === ambient.run.host && !ambient.process.alive(writer.pid, writer.started)
}

function writerOf(source: string): RunInfo | undefined {
  try {
    return decodeText(runInfo, source, 'note')
  } catch {
    return undefined
  }
}

function noteOf(folder: string, name: string): string {
  return `${folder}/.${name}${SUFFIX}`
}
