import type { Files } from '../../../../ports/files.js'
import { absolute } from '../../../../domain/dockerfile/paths.js'
import { platformText, samePlatform } from '../../../../domain/dockerfile/platform.js'
import type { LayerBlob } from '../tree/node.js'
import { blobPath, blobText } from './blobs.js'
import { BadDocument, decodeConfig, decodeManifest } from './decode.js'
import { media, type Descriptor, type ImageConfig, type Manifest, type PlatformOf } from './documents.js'

/** An image that a build begins with, from another layout (or the same). Layers are proven when they are read. */
export interface Base {
  readonly folder: string
  /** Of the manifest for this platform. */
  readonly digest: string
  readonly config: ImageConfig
  readonly layers: readonly (Descriptor & { readonly blob: LayerBlob; readonly diffId: string })[]
}

/** Why a base can not be used, for the line that names it. */
export class BaseFault extends Error {
  readonly fix: string

  constructor(message: string, fix: string) {
    super(message)
    this.fix = fix
  }
}

const SCHEME = 'oci-layout://'

/** `oci-layout://<folder>@sha256:…`; a relative folder is relative to the context. */
export async function openBase(reference: string, platform: PlatformOf, context: string, files: Files): Promise<Base> {
  const at = reference.lastIndexOf('@')
  const folder = absolute(context, reference.slice(SCHEME.length, at))
  const pinned = reference.slice(at + 1)
  try {
    const { digest, manifest } = await manifestFor(pinned, folder, platform, files)
    const config = decodeConfig(await sound(files, folder, manifest.config.digest))
    if (!samePlatform(config, platform)) throw new BaseFault(`The base is made for ${platformText(config)}, not for ${platformText(platform)}.`, 'Use a base of that platform, or build for the base\'s.')
    if (config.config.OnBuild !== undefined && config.config.OnBuild.length > 0) throw new BaseFault('The base has ONBUILD instructions.', 'Use a base without them.')
    if (config.rootfs.diff_ids.length !== manifest.layers.length) throw new BadDocument('layers and `diff_ids` differ in number')
    const { OnBuild: _, ...run } = config.config
    return { folder, digest, config: { ...config, config: run }, layers: manifest.layers.map((layer, index) => layerOf(layer, config.rootfs.diff_ids[index]!, folder)) }
  } catch (thrown) {
    if (thrown instanceof BadDocument) throw new BaseFault(`The base in \`${folder}\` is damaged: ${thrown.message}.`, 'Fetch it again.')
    throw thrown
  }
}

async function manifestFor(digest: string, folder: string, platform: PlatformOf, files: Files): Promise<{ digest: string; manifest: Manifest }> {
  const document = decodeManifest(await sound(files, folder, digest))
  if ('layers' in document) return { digest, manifest: document }
  const wanted = document.manifests.find((one) => one.platform !== undefined && samePlatform(one.platform, platform))
  if (wanted === undefined) {
    const there = document.manifests.flatMap((one) => (one.platform === undefined ? [] : [platformText(one.platform)]))
    throw new BaseFault(`The base is not made for ${platformText(platform)}; it is for ${there.join(', ') || 'no platform that it names'}.`, 'Use a base of that platform.')
  }
  const manifest = decodeManifest(await sound(files, folder, wanted.digest))
  if (!('layers' in manifest)) throw new BadDocument('an index stands where a manifest is due')
  return { digest: wanted.digest, manifest }
}

async function sound(files: Files, folder: string, digest: string): Promise<string> {
  const text = await blobText(files, folder, digest)
  if (text !== undefined) return text
  const there = (await files.info(blobPath(folder, digest))) !== undefined
  throw there
    ? new BaseFault(`The base in \`${folder}\` is damaged: ${digest} has another content.`, 'Fetch it again.')
    : new BaseFault(`The base is not there: \`${folder}\` has no ${digest}.`, 'Fetch it before the build, or correct folder and digest.')
}

function layerOf(layer: Descriptor, diffId: string, folder: string): Base['layers'][number] {
  if (layer.mediaType !== media.layer && layer.mediaType !== `${media.layer}+gzip`) {
    throw new BaseFault(`The base has a layer of type "${layer.mediaType}".`, 'Fetch it with layers that are plain or compressed with gzip.')
  }
  return { ...layer, diffId, blob: { path: blobPath(folder, layer.digest), gzip: layer.mediaType.endsWith('+gzip'), digest: layer.digest } }
}
