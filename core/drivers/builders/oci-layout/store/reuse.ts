import type { Ambient } from '../../../../ports/ambient.js'
import { samePlatform } from '../../../../domain/dockerfile/platform.js'
import { blobIsSound, blobText } from './blobs.js'
import { BadDocument, decodeConfig, decodeManifest } from './decode.js'
import type { Descriptor, HistoryEntry, ImageConfig, Index, Manifest, PlatformOf } from './documents.js'
import { annotations } from './layout.js'
import type { WrittenLayer } from './layers.js'

/** What an image that is there already brings to one of the same content. */
export interface Kept {
  readonly platform: PlatformOf
  readonly layers: readonly WrittenLayer[]
  readonly history: readonly HistoryEntry[]
}

/** The layers of an image with this content key, for each platform, every byte of them proven; `undefined` when there is none. */
export async function keptImages(folder: string, index: Index, contentKey: string, platforms: readonly PlatformOf[], ambient: Ambient): Promise<readonly Kept[] | undefined> {
  const same = index.manifests.filter((entry) => entry.annotations?.[annotations.contentKey] === contentKey)
  const tried = new Set<string>()
  for (const entry of same.toReversed()) {
    if (tried.has(entry.digest)) continue
    tried.add(entry.digest)
    const kept = await readKept(folder, entry, ambient)
    const wanted = kept && platforms.map((platform) => kept.find((one) => samePlatform(one.platform, platform)))
    if (wanted?.every((one) => one !== undefined)) return wanted
    ambient.log.warn(`The image ${entry.digest} of the same content is damaged in \`${folder}\`; it is built again.`)
  }
  return undefined
}

async function readKept(folder: string, entry: Descriptor, ambient: Ambient): Promise<readonly Kept[] | undefined> {
  try {
    const document = await manifestAt(folder, entry.digest, ambient)
    const manifests = document === undefined || 'layers' in document ? [document] : await Promise.all(document.manifests.map(({ digest }) => manifestAt(folder, digest, ambient)))
    const sound = new Map<string, boolean>()
    const kept: Kept[] = []
    for (const manifest of manifests) {
      if (manifest === undefined || !('layers' in manifest)) return undefined
      const text = await blobText(ambient.files, folder, manifest.config.digest)
      if (text === undefined || !(await allSound(folder, manifest, sound, ambient))) return undefined
      const one = keptOf(manifest, decodeConfig(text))
      if (one === undefined) return undefined
      kept.push(one)
    }
    return kept
  } catch (thrown) {
    if (thrown instanceof BadDocument) return undefined
    throw thrown
  }
}

async function manifestAt(folder: string, digest: string, { files }: Ambient): Promise<Manifest | Index | undefined> {
  const text = await blobText(files, folder, digest)
  return text === undefined ? undefined : decodeManifest(text)
}

async function allSound(folder: string, manifest: Manifest, sound: Map<string, boolean>, { files, signal }: Ambient): Promise<boolean> {
  for (const layer of manifest.layers) {
    const known = sound.get(layer.digest) ?? (await blobIsSound(files, folder, layer, signal))
    sound.set(layer.digest, known)
    if (!known) return false
  }
  return true
}

function keptOf(manifest: Manifest, config: ImageConfig): Kept | undefined {
  const { architecture, os, variant, rootfs, history } = config
  if (rootfs.diff_ids.length !== manifest.layers.length) return undefined
  return {
    platform: { architecture, os, ...(variant === undefined ? {} : { variant }) },
    layers: manifest.layers.map((descriptor, index) => ({ descriptor, diffId: rootfs.diff_ids[index]! })),
    history,
  }
}
