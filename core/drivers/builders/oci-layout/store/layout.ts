import { StateError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import { BadDocument, decodeIndex } from './decode.js'
import { media, type Descriptor, type Index } from './documents.js'
import { locked } from './lock.js'

const LAYOUT_FILE = '{"imageLayoutVersion":"1.0.0"}'
const NO_IMAGES: Index = { schemaVersion: 2, mediaType: media.index, manifests: [] }

export const annotations = {
  version: 'org.opencontainers.image.ref.name',
  contentKey: 'io.github.ecluse-cd.content-key',
} as const

/** What the layout holds, by its index; empty for a folder that is no layout yet. */
export async function readIndex(folder: string, { files }: Ambient): Promise<Index> {
  const marker = await files.textIfThere(`${folder}/oci-layout`)
  if (marker !== undefined && !/"imageLayoutVersion"\s*:\s*"1\.\d+\.\d+"/.test(marker)) throw unreadable(folder, 'its `oci-layout` names no version 1')
  const text = await files.textIfThere(`${folder}/index.json`)
  if (text === undefined) return NO_IMAGES
  try {
    return decodeIndex(text)
  } catch (thrown) {
    if (thrown instanceof BadDocument) throw unreadable(folder, thrown.message)
    throw thrown
  }
}

/**
 * Makes an image known, once all its blobs are there. An image that had the same version keeps its place without it: a
 * release that runs by digest must not lose its image to a later build.
 */
export async function publish(folder: string, entry: Descriptor, ambient: Ambient): Promise<void> {
  await locked(`${folder}/.lock`, ambient, async () => {
    const { manifests } = await readIndex(folder, ambient)
    const version = entry.annotations?.[annotations.version]
    const others = manifests.flatMap((other) => {
      if (other.annotations?.[annotations.version] !== version) return [other]
      if (other.digest === entry.digest) return []
      const { [annotations.version]: _, ...kept } = other.annotations ?? {}
      // The same image may be listed under another version already.
      return manifests.some((one) => one !== other && one.digest === other.digest) ? [] : [{ ...other, annotations: kept }]
    })
    const { files } = ambient
    if ((await files.textIfThere(`${folder}/oci-layout`)) === undefined) await files.write(`${folder}/oci-layout`, LAYOUT_FILE)
    await files.write(`${folder}/index.json`, JSON.stringify({ ...NO_IMAGES, manifests: [...others, entry] }))
  })
}

function unreadable(folder: string, why: string): StateError {
  return new StateError('image-corrupt', { message: `The image layout \`${folder}\` can not be read: ${why}.`, fix: 'Remove the folder, or choose another `destination`.' })
}
