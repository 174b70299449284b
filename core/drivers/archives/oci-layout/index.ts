import { pack, type Pack } from 'tar-stream'
import { pinnedImage } from '../../../domain/release.js'
import { StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { ImageArchives } from '../../../ports/image-archives.js'
import { blobPath, manifestFor, type Part } from './layout.js'

/** Images of an OCI layout on disk, as an engine would save them: their blobs as they are, and one list over them. */
export function ociLayoutArchives({ files, signal }: Pick<Ambient, 'files' | 'signal'>): ImageArchives {
  return {
    async save(image, platform, file) {
      const { name, digest } = pinnedImage(image) ?? { name: image, digest: '' }
      const folder = name.replace(/^oci-layout:\/\//, '')
      const { config, layers } = await manifestFor(folder, digest, platform, files)
      const list = JSON.stringify([{ Config: nameOf(config), RepoTags: null, Layers: layers.map(nameOf) }])
      const distinct = [...new Map([config, ...layers].map((part) => [part.digest, part])).values()]
      await files.create(file, archived(distinct, list, folder, { files, signal }))
    },
  }
}

function nameOf({ digest }: Part): string {
  return `blobs/${digest.replace(':', '/')}`
}

type Sources = Pick<Ambient, 'files' | 'signal'>

async function* archived(parts: readonly Part[], list: string, folder: string, sources: Sources): AsyncGenerator<Uint8Array> {
  const archive = pack()
  // A fault destroys the archive with itself as the reason, so the reader below meets it.
  archive.on('error', () => undefined)
  const filling = fill(archive, parts, list, folder, sources).catch((thrown: unknown) => {
    archive.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)))
    throw thrown
  })
  filling.catch(() => undefined)
  try {
    for await (const chunk of archive) if (chunk instanceof Uint8Array) yield chunk
    await filling
  } finally {
    archive.destroy()
  }
}

async function fill(archive: Pack, parts: readonly Part[], list: string, folder: string, sources: Sources): Promise<void> {
  for (const part of parts) await add(archive, part, folder, sources)
  archive.entry({ name: 'manifest.json' }, list)
  archive.finalize()
}

async function add(archive: Pack, part: Part, folder: string, { files, signal }: Sources): Promise<void> {
  const hasher = files.hasher()
  await new Promise<void>((resolve, reject) => {
    const sink = archive.entry({ name: nameOf(part), size: part.size }, (fault) => (fault ? reject(fault) : resolve()))
    sink.on('error', () => undefined)
    const pour = async (): Promise<void> => {
      for await (const chunk of files.stream(blobPath(folder, part.digest))) {
        if (signal.aborted) throw new StateError('aborted', { message: 'The examination was cancelled.' })
        hasher.update(chunk)
        if (!sink.write(chunk)) await new Promise<void>((go) => sink.once('drain', go).once('close', go))
      }
      sink.end(undefined)
    }
    pour().catch(reject)
  })
  if (`sha256:${hasher.hex()}` !== part.digest) throw new StateError('image-corrupt', { message: `\`${blobPath(folder, part.digest)}\` does not have the content that its name promises.` })
}
