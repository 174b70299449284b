import type { Ambient } from '../../../../ports/ambient.js'
import { putText } from './blobs.js'
import { media, type Descriptor, type HistoryEntry, type ImageConfig, type Index, type Manifest, type PlatformOf, type RunConfig } from './documents.js'

/** One image of one platform, its layers written. */
export interface Finished {
  readonly platform: PlatformOf
  readonly run: RunConfig
  readonly layers: readonly { readonly descriptor: Descriptor; readonly diffId: string }[]
  readonly history: readonly HistoryEntry[]
}

interface Naming {
  readonly created: string
  readonly labels: Readonly<Record<string, string>>
}

/** Writes configuration and manifest of each image, and an index over them when there are several. */
export async function putImages(folder: string, images: readonly Finished[], naming: Naming, { files }: Ambient): Promise<Descriptor> {
  const manifests: Descriptor[] = []
  for (const image of images) {
    const config = await putText(files, folder, JSON.stringify(configOf(image, naming)))
    const manifest: Manifest = {
      schemaVersion: 2,
      mediaType: media.manifest,
      config: { mediaType: media.config, ...config },
      layers: image.layers.map(({ descriptor: { mediaType, digest, size } }) => ({ mediaType, digest, size })),
    }
    manifests.push({ mediaType: media.manifest, ...(await putText(files, folder, JSON.stringify(manifest))), platform: image.platform })
  }
  const [only, ...others] = manifests
  if (only !== undefined && others.length === 0) return only
  const index: Index = { schemaVersion: 2, mediaType: media.index, manifests }
  return { mediaType: media.index, ...(await putText(files, folder, JSON.stringify(index))) }
}

/** Keys in one order and labels sorted: the same image is the same text. */
function configOf({ platform, run, layers, history }: Finished, { created, labels }: Naming): ImageConfig {
  const { architecture, os, variant } = platform
  const all = Object.entries({ ...run.Labels, ...labels }).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const entries = Object.entries({ ...run, ...(all.length === 0 ? {} : { Labels: Object.fromEntries(all) }) }).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    created,
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: Object.fromEntries(entries),
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history,
  }
}
