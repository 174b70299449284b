import { runInfo } from '../../../domain/history-decode.js'
import type { RunInfo } from '../../../domain/history.js'
import { decodeText, number, object, optional, text } from '../../../domain/local-control/decode.js'
import { receiptFile } from '../../../domain/receipt-file.js'
import { StateError } from '../../../errors/families.js'
import { contentOf, createObject, drop, erase, eraseBeneath, headOf, isLockedNow, listed, type Listed } from './objects.js'
import { abortUploads } from './upload.js'
import type { Wire } from './wire.js'

/** Objects that say what a run is about to do. No backup's name begins so; a dot in its place is refused by some stores. */
const BEFORE = '_'

export const notes = { writing: '.writing.json', forgetting: '.forgetting.json', probing: '.probing.json' } as const
export type NoteKind = keyof typeof notes
const ABANDONED_AFTER_MS = 24 * 60 * 60_000

interface Note {
  readonly run: RunInfo
  /** Of this write alone; the objects that it makes carry it. */
  readonly mark: string
  /** By the store's clock: what is not there may come until then. */
  readonly until?: number
}

/** A note as it was read. */
interface Found extends Note {
  readonly etag: string
}

const noteDecoder = object<Note>({ run: runInfo, mark: text, until: optional(number) })

export function noteName(name: string, kind: NoteKind): string {
  return `${BEFORE}${name}${notes[kind]}`
}

/** Before the first byte. One writer of a name at a time: the second one is refused with code `file-exists`. */
export async function note(wire: Wire, name: string, kind: NoteKind, mark: string): Promise<void> {
  await createObject(wire, { name: noteName(name, kind), mark, body: noteText({ run: wire.ambient.run, mark }) })
}

/** With an `etag`, only the note that was read. */
export async function endNote(wire: Wire, name: string, kind: NoteKind, etag?: string): Promise<void> {
  await drop(wire, noteName(name, kind), etag)
}

/**
 * The note of what was written stays so long, although nothing is there: the store may put it together yet. Whoever is killed here, or reads
 * it meanwhile, finds the one or the other.
 */
export async function noteLate(wire: Wire, name: string, mark: string, forMs: number): Promise<void> {
  const own = noteName(name, 'writing')
  const before = await headOf(wire, own)
  await createObject(wire, { name: own, mark, replaces: true, body: noteText({ run: wire.ambient.run, mark, until: nowOf(wire) + forMs }) })
  await eraseBeneath(wire, own, before?.versionId)
}

function noteText(content: Note): Uint8Array {
  return Buffer.from(JSON.stringify(content))
}

function nowOf(wire: Wire): number {
  return wire.storeNow() ?? wire.ambient.clock.now()
}

/** Rejects before anything is changed when the store says that it keeps one of the two. */
export async function refuseLocked(wire: Wire, name: string): Promise<void> {
  for (const one of [name, receiptFile(name)]) {
    const there = await headOf(wire, one)
    if (there !== undefined && isLockedNow(there, wire)) throw lockedAway(wire, name, there.lockedUntil)
  }
}

/**
 * The backup first: what is noted here is not among the backups any more, and where the store refuses, nothing is lost and the note goes.
 * Returns whether it is gone.
 */
export async function finishForgetting(wire: Wire, name: string): Promise<boolean> {
  const gone = (await erase(wire, name)) === 'gone'
  if (gone) await drop(wire, receiptFile(name))
  await endNote(wire, name, 'forgetting')
  return gone
}

export function lockedAway(wire: Wire, name: string, until: Date | undefined): StateError {
  return new StateError('backup-locked-away', { message: `\`${wire.place}/${name}\` is locked by the store${until === undefined ? '' : ` until ${until.toISOString()}`}. It was not removed.` })
}

/** Names of what the notes of one kind are about. */
export function notedIn(entries: readonly Listed[], kind: NoteKind): readonly (Listed & { readonly about: string })[] {
  const suffix = notes[kind]
  return entries.flatMap((entry) => (entry.name.startsWith(BEFORE) && entry.name.endsWith(suffix) ? [{ ...entry, about: entry.name.slice(1, -suffix.length) }] : []))
}

/** Removes what runs left that are gone: known dead on this machine, or silent for a day on another. Only what their notes name. */
export async function sweepNotes(wire: Wire): Promise<readonly string[]> {
  const entries = await listed(wire, BEFORE)
  const removed: string[] = []
  const gone = async (kind: NoteKind, work: (about: string, found: Found) => Promise<boolean>): Promise<void> => {
    for (const entry of notedIn(entries, kind)) {
      const found = await noteOfDead(wire, entry)
      if (found !== undefined && (await work(entry.about, found))) removed.push(entry.about)
    }
  }
  await gone('writing', (name, found) => sweepWriting(wire, name, found))
  await gone('forgetting', (name) => finishForgetting(wire, name))
  await gone('probing', async (name) => {
    await abortUploads(wire, noteName(name, 'probing'))
    return (await erase(wire, noteName(name, 'probing'))) === 'gone'
  })
  return removed
}

/**
 * Takes away what was not proven, and its note. What the store keeps for now keeps its note too, and stays in sight: behind a marker
 * nobody would come back for it once the lock has ended. Returns whether it is gone.
 */
export async function withdraw(wire: Wire, name: string, etag?: string): Promise<boolean> {
  if ((await erase(wire, name)) === 'locked') return false
  await endNote(wire, name, 'writing', etag)
  return true
}

/** Whether anything but the note was taken away. */
async function sweepWriting(wire: Wire, name: string, { mark, until = 0, etag }: Found): Promise<boolean> {
  const aborted = await abortUploads(wire, name)
  const [proven, there] = [await headOf(wire, receiptFile(name)), await headOf(wire, name)]
  const ours = proven === undefined && there?.mark === mark
  if (there === undefined && proven === undefined && until > nowOf(wire)) return aborted > 0
  if (ours) return (await withdraw(wire, name, etag)) || aborted > 0
  await endNote(wire, name, 'writing', etag)
  return aborted > 0
}

/** `undefined`: its run may live, or it is no note of ours. */
async function noteOfDead(wire: Wire, { name }: Listed): Promise<Found | undefined> {
  const { run, process } = wire.ambient
  // Its age is that of this very text: it may have been written anew since it was listed.
  const content = await contentOf(wire, name)
  const found = noteIn(content?.text ?? '')
  if (content === undefined || found === undefined) return undefined
  // However long it takes: its process is seen here.
  const gone = found.run.host === run.host ? !process.alive(found.run.pid, found.run.started) : nowOf(wire) - content.modifiedAt > ABANDONED_AFTER_MS
  return gone ? { ...found, etag: content.etag } : undefined
}

function noteIn(source: string): Note | undefined {
  try {
    return decodeText(noteDecoder, source, 'note')
  } catch {
    return undefined
  }
}
