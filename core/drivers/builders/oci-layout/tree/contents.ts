import type { Files } from '../../../../ports/files.js'
import { pieces, stopIfAsked } from '../store/blobs.js'
import { changed } from './context.js'
import { readTar } from './layers.js'
import type { Content, File, LayerBlob, Node } from './node.js'

/** Opens what goes into a layer, and keeps watch that the context is what the content key was made of. */
export interface Contents {
  /** Takes out of base layers what these changes need: one pass per layer, however many files. */
  readonly prepare: (changes: Iterable<Node>) => Promise<void>
  readonly open: (file: File) => AsyncIterable<Uint8Array>
  readonly text: (content: Content) => Promise<string>
}

export function contents(files: Files, drafts: string, hashes: ReadonlyMap<string, string>, signal: AbortSignal): Contents {
  const placeOf = (content: Content): string => {
    if (content.from === 'disk') return content.path
    return `${drafts}/taken/${content.blob.digest.slice('sha256:'.length)}/${files.sha256(content.name)}`
  }
  const take = async (blob: LayerBlob, names: ReadonlySet<string>): Promise<void> => {
    await readTar(blob, files, signal, () => undefined, async ({ name, type }, body) => {
      if (!names.has(name) || (type !== 'file' && type !== 'contiguous-file')) return
      const path = placeOf({ from: 'layer', blob, name })
      // A tar may hold one name twice: the last one counts.
      await files.remove(path)
      await files.create(path, body)
    })
  }
  const prepare = async (changes: Iterable<Node>): Promise<void> => {
    const wanted = new Map<string, { blob: LayerBlob; names: Set<string> }>()
    for (const node of changes) {
      if (node.kind !== 'file' || node.content.from !== 'layer' || (await files.info(placeOf(node.content))) !== undefined) continue
      const { blob, name } = node.content
      const group = wanted.get(blob.digest) ?? { blob, names: new Set() }
      group.names.add(name)
      wanted.set(blob.digest, group)
    }
    for (const { blob, names } of wanted.values()) await take(blob, names)
  }
  return {
    prepare,
    open: ({ content, bytes }) => (content.from === 'disk' ? watched(content.path, bytes, files, hashes, signal) : files.stream(placeOf(content))),
    async text(content) {
      await prepare([{ kind: 'file', mode: 0, uid: 0, gid: 0, bytes: 0, content }])
      return files.text(placeOf(content))
    },
  }
}

async function* watched(path: string, bytes: number, files: Files, hashes: ReadonlyMap<string, string>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const hasher = files.hasher()
  for await (const chunk of pieces(files, path, bytes)) {
    stopIfAsked(signal)
    hasher.update(chunk)
    yield chunk
  }
  if (hasher.hex() !== hashes.get(path)) throw changed(path)
}
