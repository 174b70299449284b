import { decodeText, list, number, object, optional, text, type Decoder } from '../../../domain/local-control/decode.js'
import { messageOf, StateError } from '../../../errors/families.js'
import type { Files } from '../../../ports/files.js'

/** A blob of the layout. */
export interface Part {
  readonly digest: string
  readonly size: number
}

export interface ImageParts {
  readonly config: Part
  readonly layers: readonly Part[]
}

interface Entry extends Part {
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string }
}

interface Document {
  readonly manifests?: readonly Entry[]
  readonly config?: Part
  readonly layers?: readonly Part[]
}

const digest: Decoder<string> = (value, at) => {
  if (typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value)) return value
  throw new TypeError(`\`${at}\` is no SHA-256 digest`)
}
const part = object<Part>({ digest, size: number })
const platform = object<NonNullable<Entry['platform']>>({ os: text, architecture: text, variant: optional(text) })
const entry = object<Entry>({ digest, size: number, platform: optional(platform) })
const document = object<Document>({ manifests: optional(list(entry)), config: optional(part), layers: optional(list(part)) })

export function blobPath(folder: string, name: string): string {
  return `${folder}/blobs/sha256/${name.slice('sha256:'.length)}`
}

/** What the image of a digest is made of for one platform; a digest names one image or a list over several. */
export async function manifestFor(folder: string, wanted: string, forPlatform: string, files: Files): Promise<ImageParts> {
  const found = await documentAt(folder, wanted, files)
  if (found.manifests === undefined) return partsOf(found, folder, wanted)
  const chosen = found.manifests.find((one) => one.platform !== undefined && nameOf(one.platform) === forPlatform)
  if (chosen !== undefined) return partsOf(await documentAt(folder, chosen.digest, files), folder, chosen.digest)
  const there = found.manifests.flatMap((one) => (one.platform === undefined ? [] : [nameOf(one.platform)]))
  throw new StateError('image-not-found', { message: `${wanted} in \`${folder}\` has no image for ${forPlatform}, only for ${there.join(', ') || 'none'}.` })
}

function partsOf({ config, layers }: Document, folder: string, name: string): ImageParts {
  if (config === undefined || layers === undefined) throw unreadable(folder, name, 'it is no manifest of an image')
  return { config, layers }
}

function nameOf({ os, architecture, variant }: NonNullable<Entry['platform']>): string {
  return [os, architecture, ...(variant === undefined || variant === '' ? [] : [variant])].join('/')
}

async function documentAt(folder: string, name: string, files: Files): Promise<Document> {
  const content = await files.textIfThere(blobPath(folder, name))
  if (content === undefined) throw new StateError('image-not-found', { message: `\`${folder}\` has no image ${name}.` })
  if (`sha256:${files.sha256(content)}` !== name) throw unreadable(folder, name, 'its content is not what its name promises')
  try {
    return decodeText(document, content, 'manifest')
  } catch (thrown) {
    throw unreadable(folder, name, messageOf(thrown))
  }
}

function unreadable(folder: string, name: string, why: string): StateError {
  return new StateError('image-corrupt', { message: `${name} in \`${folder}\` can not be read: ${why}.` })
}
