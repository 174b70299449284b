import { StateError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { PlannedLayer } from '../plan/assemble.js'
import { packed } from '../tree/archive.js'
import type { Contents } from '../tree/contents.js'
import { byCodeUnits } from '../tree/lookup.js'
import type { Node } from '../tree/node.js'
import { blobIsSound, blobPath, putStream } from './blobs.js'
import type { Base } from './base.js'
import { media, type Descriptor } from './documents.js'

export interface WrittenLayer {
  readonly descriptor: Descriptor
  readonly diffId: string
}

interface Writing {
  readonly folder: string
  readonly drafts: string
  readonly sourceDate: number
  readonly contents: Contents
}

/** Writes layers into a layout, each distinct one once, however many platforms share it. */
export function layerWriter(writing: Writing, ambient: Ambient): (layer: PlannedLayer) => Promise<WrittenLayer> {
  const written = new Map<string, WrittenLayer>()
  return async (layer) => {
    const identity = layer.kind === 'base' ? layer.layer.digest : ambient.files.sha256(identityOf(layer.changes))
    const before = written.get(identity)
    if (before !== undefined) return before
    const draft = `${writing.drafts}/layer-${written.size}`
    const now = layer.kind === 'base' ? await copied(layer.layer, draft, writing, ambient) : await made(layer.changes, draft, writing, ambient)
    written.set(identity, now)
    return now
  }
}

/**
 * Layers are not compressed: what gzip makes of the same bytes differs between releases of zlib, so the digest would depend
 * on the Node version that built. A registry client compresses on the way when it is asked to.
 */
async function made(changes: ReadonlyMap<string, Node>, draft: string, { folder, sourceDate, contents }: Writing, ambient: Ambient): Promise<WrittenLayer> {
  const { files, signal } = ambient
  await contents.prepare(changes.values())
  const { digest, size } = await putStream(files, folder, draft, packed(changes, sourceDate, contents.open), signal)
  return { descriptor: { mediaType: media.layer, digest, size }, diffId: digest }
}

async function copied(layer: Base['layers'][number], draft: string, { folder }: Writing, { files, signal }: Ambient): Promise<WrittenLayer> {
  const { mediaType, digest, size, diffId, blob } = layer
  const written = { descriptor: { mediaType, digest, size }, diffId }
  if (await blobIsSound(files, folder, layer, signal)) return written
  const found = blob.path === blobPath(folder, digest) ? undefined : await putStream(files, folder, draft, files.stream(blob.path), signal)
  if (found?.digest === digest) return written
  throw new StateError('image-corrupt', { message: `Layer \`${blob.path}\` of the base does not have the content that its digest promises.`, fix: 'Fetch the base again.' })
}

function identityOf(changes: ReadonlyMap<string, Node>): string {
  const paths = [...changes.keys()].toSorted(byCodeUnits)
  return JSON.stringify(paths.map((path) => {
    const node = changes.get(path)!
    const body = node.kind === 'file' ? [node.bytes, node.content.from === 'disk' ? node.content.path : [node.content.blob.digest, node.content.name]] : node.kind === 'link' ? node.target : ''
    return [path, node.kind, node.mode, node.uid, node.gid, body]
  }))
}
