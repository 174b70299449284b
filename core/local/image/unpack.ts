import { createWriteStream } from 'node:fs'
import { chmod, link, lstat, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Extract } from 'tar-stream'
import { StateError } from '../../errors/families.js'
import { partsInside, realInside, targetInside } from './inside.js'
import { checkedBlob, corrupt, type Blob } from './layout.js'

type Entry = Extract extends AsyncIterable<infer One> ? One : never

const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'

/** Lays the layers over each other in `root`, which is empty. */
export async function unpackLayers(folder: string, layers: readonly Blob[], root: string): Promise<void> {
  for (const layer of layers) await unpackLayer(folder, layer, root)
}

async function unpackLayer(folder: string, layer: Blob, root: string): Promise<void> {
  const entries = extract()
  const bytes = checkedBlob(folder, layer.digest)
  const laid = layEntries(entries, root, layer.digest)
  const unpacked = layer.mediaType.endsWith('+gzip') || layer.mediaType.endsWith('.gzip')
    ? pipeline(bytes, createGunzip(), entries)
    : plain(layer) ? pipeline(bytes, entries) : Promise.reject(unknownForm(layer))
  // One failing ends the other, with a less telling fault: ours is the one to tell.
  const faults = (await Promise.allSettled([laid, unpacked])).flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []))
  if (faults.length > 0) throw faults.find((fault) => fault instanceof StateError) ?? named(layer.digest, faults[0])
}

function plain(layer: Blob): boolean {
  return layer.mediaType.endsWith('.tar')
}

function unknownForm(layer: Blob): StateError {
  return new StateError('image-corrupt', {
    message: `Layer \`${layer.digest}\` has the form \`${layer.mediaType}\`; the local platform reads tar and gzip.`,
    fix: 'Build the image with gzip layers.',
  })
}

function named(digest: string, fault: unknown): StateError {
  return corrupt(digest, fault instanceof Error ? fault.message : String(fault), fault)
}

async function layEntries(entries: AsyncIterable<Entry>, root: string, digest: string): Promise<void> {
  // What this layer itself brought stays when it declares a folder opaque.
  const brought = new Set<string>()
  for await (const entry of entries) {
    const parts = partsInside(entry.header.name)
    if (parts === undefined) throw corrupt(digest, `its entry \`${entry.header.name}\` leads out of the image`)
    if (parts.length === 0) entry.resume()
    else await layEntry(entry, parts, { root, digest, brought })
  }
}

interface Laying {
  readonly root: string
  readonly digest: string
  readonly brought: Set<string>
}

async function layEntry(entry: Entry, parts: readonly string[], { root, digest, brought }: Laying): Promise<void> {
  const parent = await realInside(root, parts.slice(0, -1).join('/'))
  const name = parts.at(-1)!
  await mkdir(parent, { recursive: true })
  if (name === OPAQUE) await emptyBut(parent, brought)
  else if (name.startsWith(WHITEOUT)) await takeAway(parent, name.slice(WHITEOUT.length), digest)
  else {
    const file = path.join(parent, name)
    brought.add(file)
    await place(entry, file, root)
  }
  entry.resume()
}

/** `.wh...` would take away the folder above, and that of the image's root is not the image's. */
async function takeAway(folder: string, name: string, digest: string): Promise<void> {
  if (name === '' || name === '.' || name === '..') throw corrupt(digest, `its entry \`${WHITEOUT}${name}\` takes away what is no entry`)
  await rm(path.join(folder, name), { recursive: true, force: true })
}

async function place(entry: Entry, file: string, root: string): Promise<void> {
  const { type, linkname, mode } = entry.header
  if (type === 'directory') {
    const there = await lstat(file).catch(() => undefined)
    if (there !== undefined && !there.isDirectory()) await rm(file, { force: true })
    await mkdir(file, { recursive: true })
    // We must be able to write below it and to remove it again.
    await chmod(file, ((mode ?? 0o755) & 0o777) | 0o700)
    return
  }
  await rm(file, { recursive: true, force: true })
  if (type === 'symlink') await symlink(targetInside(root, file, linkname ?? ''), file)
  else if (type === 'link') await link(await realInside(root, linkname ?? ''), file)
  else if (type === 'file' || type === 'contiguous-file') {
    // Written with no more rights than its owner's until it is complete.
    await pipeline(entry, createWriteStream(file, { flags: 'wx', mode: 0o600 }))
    await chmod(file, ((mode ?? 0o644) & 0o777) | 0o400)
  }
  // Devices and pipes are the container's own affair.
}

async function emptyBut(folder: string, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name)
    const holds = [...keep].some((kept) => kept === file || kept.startsWith(`${file}/`))
    if (!holds) await rm(file, { recursive: true, force: true })
  }
}
