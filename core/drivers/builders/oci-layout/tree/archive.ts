import { extract, pack, type Extract, type Header, type Pack } from 'tar-stream'
import { byCodeUnits } from './lookup.js'
import type { File, Node } from './node.js'

/** What a tar's numeric fields can hold; more goes into an extended header. */
const MOST_IN_FIELD = 0o777_777
/** Small pieces are gathered up to this: each piece that leaves here becomes a write. */
const PIECE = 256 * 1024

type Opening = (file: File) => AsyncIterable<Uint8Array>

/** A layer's tar: entries in one order, dated alike, with nothing in it of the machine that writes it. */
export async function* packed(changes: ReadonlyMap<string, Node>, sourceDate: number, open: Opening): AsyncGenerator<Uint8Array> {
  const archive = pack()
  archive.on('error', quiet)
  const filling = fill(archive, changes, new Date(sourceDate * 1000), open)
  // A fault destroys the archive with itself as the reason, so the reader below meets it.
  filling.catch(() => undefined)
  try {
    yield* gathered(archive)
    await filling
  } finally {
    archive.destroy()
  }
}

async function fill(archive: Pack, changes: ReadonlyMap<string, Node>, mtime: Date, open: Opening): Promise<void> {
  try {
    for (const path of [...changes.keys()].toSorted(byCodeUnits)) await add(archive, path, changes.get(path)!, mtime, open)
    archive.finalize()
  } catch (thrown) {
    archive.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)))
    throw thrown
  }
}

async function add(archive: Pack, path: string, node: Node, mtime: Date, open: Opening): Promise<void> {
  const header = headerOf(path, node, mtime)
  await new Promise<void>((resolve, reject) => {
    const sink = archive.entry(header, (fault) => (fault ? reject(fault) : resolve()))
    sink.on('error', quiet)
    // Links and folders have no body: they are done at once.
    if (node.kind !== 'file') return
    pour(open(node), sink).then(resolve, (thrown: unknown) => {
      sink.destroy(thrown instanceof Error ? thrown : undefined)
      reject(thrown instanceof Error ? thrown : new Error(String(thrown)))
    })
  })
}

/** Faults are met where the stream is awaited; an event that nobody hears would end the process. */
function quiet(): void {}

function headerOf(path: string, node: Node, mtime: Date): Partial<Header> & Pick<Header, 'name'> {
  const large = Object.entries({ uid: node.uid, gid: node.gid }).filter(([, id]) => id > MOST_IN_FIELD)
  return {
    name: node.kind === 'folder' ? `${path}/` : path,
    // A mode of 0 would be taken for none: the bit above is cut off when it is written.
    mode: 0o100_000 | node.mode,
    uid: node.uid,
    gid: node.gid,
    mtime,
    size: node.kind === 'file' ? node.bytes : 0,
    type: node.kind === 'file' ? 'file' : node.kind === 'folder' ? 'directory' : 'symlink',
    ...(node.kind === 'link' ? { linkname: node.target } : {}),
    ...(large.length === 0 ? {} : { pax: Object.fromEntries(large.map(([key, id]) => [key, String(id)])) }),
  }
}

type Sink = Pick<ReturnType<Pack['entry']>, 'write' | 'end' | 'once' | 'off' | 'destroyed'>

async function pour(content: AsyncIterable<Uint8Array>, sink: Sink): Promise<void> {
  for await (const chunk of content) {
    if (sink.destroyed) throw new Error('the archive was closed while it was written')
    if (!sink.write(chunk)) await drained(sink)
  }
  await new Promise<void>((resolve) => {
    sink.once('close', resolve)
    sink.end(undefined)
  })
}

function drained(sink: Pick<Sink, 'once' | 'off'>): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      sink.off('drain', go)
      sink.off('close', go)
      resolve()
    }
    sink.once('drain', go)
    sink.once('close', go)
  })
}

async function* bytesIn(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk
}

async function* gathered(archive: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of bytesIn(archive)) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes < PIECE) continue
    yield joined(pieces, bytes)
    pieces = []
    bytes = 0
  }
  if (bytes > 0) yield joined(pieces, bytes)
}

function joined(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]!
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** Meets every entry of a tar in its order. A body that is not read is passed over. */
export async function unpacked(content: AsyncIterable<Uint8Array>, meet: (header: Header, body: AsyncIterable<Uint8Array>) => Promise<void>): Promise<void> {
  const archive = extract()
  archive.on('error', quiet)
  const feeding = feed(content, archive)
  feeding.catch(() => undefined)
  for await (const entry of archive) {
    await meet(entry.header, bytesIn(entry))
    entry.resume()
  }
  await feeding
}

async function feed(content: AsyncIterable<Uint8Array>, archive: Extract): Promise<void> {
  try {
    for await (const chunk of content) {
      if (archive.destroyed) return
      if (!archive.write(chunk)) await drained(archive)
    }
    archive.end(undefined)
  } catch (thrown) {
    archive.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)))
    throw thrown
  }
}
