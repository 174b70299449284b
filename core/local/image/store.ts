import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { list, object, text } from '../../domain/local-control/decode.js'
import { decodeText } from '../../domain/local-control/index.js'
import { syncFolder } from '../durable.js'
import { imagePlace, readImage, type ImageConfig } from './layout.js'
import { unpackLayers } from './unpack.js'

/** An image unpacked on this machine: it runs without the layout it came from. */
export interface Unpacked {
  readonly digest: string
  readonly root: string
  readonly config: ImageConfig
}

export interface ImageStore {
  /** Unpacks the image unless it is here already. */
  bring(reference: string): Promise<Unpacked>
  /** Removes what none of these digests names and nobody is bringing or using. */
  prune(keep: ReadonlySet<string>): Promise<void>
  /** Keeps an image from `prune` while the work is going on. */
  using<T>(reference: string, work: (image: Unpacked) => Promise<T>): Promise<T>
}

const decodeConfig = object<ImageConfig>({ entrypoint: list(text), cmd: list(text), env: list(text), workingDir: text })

export function openImageStore(folder: string): ImageStore {
  const busy = new Map<string, number>()
  const under = new Map<string, Promise<Unpacked>>()

  const bring = (reference: string): Promise<Unpacked> => {
    const { digest } = imagePlace(reference)
    const known = under.get(digest)
    if (known !== undefined) return known
    const work = unpackOnce(folder, reference).finally(() => under.delete(digest))
    under.set(digest, work)
    return work
  }

  return {
    bring,
    using: async (reference, work) => {
      const { digest } = imagePlace(reference)
      busy.set(digest, (busy.get(digest) ?? 0) + 1)
      try {
        return await work(await bring(reference))
      } finally {
        const left = (busy.get(digest) ?? 1) - 1
        if (left > 0) busy.set(digest, left)
        else busy.delete(digest)
      }
    },
    prune: async (keep) => {
      const needed = new Set([...keep, ...busy.keys(), ...under.keys()].map(folderName))
      for (const name of await readdir(folder)) {
        if (!needed.has(name.replace(/\.tmp$/, ''))) await rm(path.join(folder, name), { recursive: true, force: true })
      }
    },
  }
}

async function unpackOnce(folder: string, reference: string): Promise<Unpacked> {
  const place = imagePlace(reference)
  const home = path.join(folder, folderName(place.digest))
  const root = path.join(home, 'rootfs')
  const note = path.join(home, 'image.json')
  if (existsSync(note)) return { digest: place.digest, root, config: decodeText(decodeConfig, await readFile(note, 'utf8'), note) }
  const image = await readImage(place)
  const half = `${home}.tmp`
  await rm(half, { recursive: true, force: true })
  await mkdir(path.join(half, 'rootfs'), { recursive: true, mode: 0o700 })
  await unpackLayers(place.folder, image.layers, path.join(half, 'rootfs'))
  await writeFile(path.join(half, 'image.json'), JSON.stringify(image.config))
  // Whole or not there at all: a folder under its final name is complete.
  await rename(half, home)
  await syncFolder(folder)
  return { digest: place.digest, root, config: image.config }
}

function folderName(digest: string): string {
  return digest.replace(':', '-')
}
