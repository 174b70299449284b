import { FileError, StateError, messageOf } from '../../../../errors/families.js'
import type { Files } from '../../../../ports/files.js'
import type { Header } from 'tar-stream'
import { clean, nameOf, parentOf } from '../../../../domain/dockerfile/paths.js'
import { stopIfAsked } from '../store/blobs.js'
import type { Base } from '../store/base.js'
import { unpacked } from './archive.js'
import { lookUp } from './lookup.js'
import { emptyFolder, type Folder, type LayerBlob, type Node } from './node.js'

const HIDES = '.wh.'
const HIDES_ALL = '.wh..wh..opq'

/** The file tree of an image: what a container of it would see. Contents stay where they are. */
export async function readLayers(base: Base, files: Files, signal: AbortSignal): Promise<Folder> {
  const tree = emptyFolder()
  for (const { blob, diffId } of base.layers) {
    const fresh = new Set<string>()
    const plain = files.hasher()
    await readTar(blob, files, signal, (bytes) => plain.update(bytes), async (header) => addEntry(header, blob, tree, fresh))
    if (`sha256:${plain.hex()}` !== diffId) throw damaged(blob, 'its content is not what the image configuration promises')
  }
  return tree
}

/** Meets each entry of a layer whose bytes are what its digest says; rejects at the end when they are not. */
export async function readTar(blob: LayerBlob, files: Files, signal: AbortSignal, onPlain: (bytes: Uint8Array) => void, meet: (header: Header, body: AsyncIterable<Uint8Array>) => Promise<void>): Promise<void> {
  const stored = files.hasher()
  const raw = tapped(files.stream(blob.path), (bytes) => {
    stopIfAsked(signal)
    stored.update(bytes)
  })
  try {
    await unpacked(tapped(blob.gzip ? files.gunzip(raw) : raw, onPlain), meet)
  } catch (thrown) {
    if (thrown instanceof StateError || thrown instanceof FileError) throw thrown
    throw damaged(blob, messageOf(thrown))
  }
  if (`sha256:${stored.hex()}` !== blob.digest) throw damaged(blob, 'its content does not have its digest')
}

function damaged(blob: LayerBlob, why: string): StateError {
  return new StateError('image-corrupt', { message: `Layer \`${blob.path}\` of the base can not be used: ${why}.`, fix: 'Fetch the base again.' })
}

async function* tapped(content: AsyncIterable<Uint8Array>, see: (bytes: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const bytes of content) {
    see(bytes)
    yield bytes
  }
}

function addEntry(header: Header, blob: LayerBlob, tree: Folder, fresh: Set<string>): void {
  const path = clean(`/${header.name}`).slice(1)
  if (path === '') return
  const folder = folderFor(parentOf(path), tree)
  const name = nameOf(path)
  if (name === HIDES_ALL) {
    const inside = parentOf(path)
    for (const child of folder.children.keys()) if (!fresh.has(`${inside}/${child}`)) folder.children.delete(child)
  } else if (name.startsWith(HIDES)) folder.children.delete(name.slice(HIDES.length))
  else {
    const node = nodeOf(header, { blob, name: header.name }, tree, folder.children.get(name))
    if (node !== undefined) folder.children.set(name, node)
    fresh.add(path)
  }
}

function folderFor(path: string, tree: Folder): Folder {
  let folder = tree
  for (const part of path === '' ? [] : path.split('/')) {
    const next = folder.children.get(part)
    // A layer may write through a link of a layer below it.
    const node = next?.kind === 'link' ? lookedUp(path.slice(0, path.indexOf(part) + part.length), tree) : next
    if (node?.kind === 'folder') folder = node
    else {
      const made = emptyFolder()
      folder.children.set(part, made)
      folder = made
    }
  }
  return folder
}

function lookedUp(path: string, tree: Folder): Node | undefined {
  const found = lookUp(tree, path, { last: true, root: 'rooted' })
  return found.kind === 'found' ? found.node : undefined
}

function nodeOf(header: Header, at: { readonly blob: LayerBlob; readonly name: string }, tree: Folder, old: Node | undefined): Node | undefined {
  const owned = { mode: header.mode & 0o7777, uid: header.uid, gid: header.gid }
  switch (header.type) {
    case 'directory':
      return { kind: 'folder', ...owned, children: old?.kind === 'folder' ? old.children : new Map() }
    case 'symlink':
      return { kind: 'link', ...owned, target: header.linkname }
    // A second name of a file: the same bytes.
    case 'link':
      return lookedUp(clean(`/${header.linkname}`).slice(1), tree)
    case 'file':
    case 'contiguous-file':
      return { kind: 'file', ...owned, bytes: header.size, content: { from: 'layer', ...at } }
    case 'character-device':
    case 'block-device':
    case 'fifo':
      return { kind: 'other', ...owned }
    default:
      return undefined
  }
}
