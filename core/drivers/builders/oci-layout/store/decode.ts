import { media, type Descriptor, type HistoryEntry, type ImageConfig, type Index, type Manifest, type PlatformOf, type RunConfig } from './documents.js'

/** Thrown for a document that is not what its place promises. */
export class BadDocument extends Error {}

type Json = Readonly<Record<string, unknown>>

export function decodeIndex(text: string): Index {
  const json = parsed(text, 'index')
  return { schemaVersion: 2, mediaType: media.index, manifests: listIn(json, 'manifests').map(descriptorOf) }
}

/** A manifest, or an index of manifests: a digest can name either. */
export function decodeManifest(text: string): Manifest | Index {
  const json = parsed(text, 'manifest')
  if (Array.isArray(json['manifests'])) return decodeIndex(text)
  return {
    schemaVersion: 2,
    mediaType: media.manifest,
    config: descriptorOf(json['config']),
    layers: listIn(json, 'layers').map(descriptorOf).map((layer) => ({ ...layer, mediaType: ociMedia(layer.mediaType) })),
  }
}

export function decodeConfig(text: string): ImageConfig {
  const json = parsed(text, 'config')
  const rootfs = recordIn(json, 'rootfs')
  return {
    ...platformOf(json),
    ...(typeof json['created'] === 'string' ? { created: json['created'] } : {}),
    config: runConfigOf(json['config'] === undefined || json['config'] === null ? {} : recordIn(json, 'config')),
    rootfs: { type: 'layers', diff_ids: textsIn(rootfs, 'diff_ids') ?? [] },
    history: json['history'] === undefined ? [] : listIn(json, 'history').map(historyOf),
  }
}

function parsed(text: string, what: string): Json {
  try {
    const json: unknown = JSON.parse(text)
    if (isRecord(json)) return json
  } catch {
    // Told below: where JSON breaks off helps nobody here.
  }
  throw new BadDocument(`the ${what} is not a JSON object`)
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function descriptorOf(value: unknown): Descriptor {
  if (!isRecord(value)) throw new BadDocument('a descriptor is not an object')
  const { mediaType, digest, size, annotations, platform } = value
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof size !== 'number' || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new BadDocument('a descriptor lacks its media type, SHA-256 digest or size')
  }
  return {
    mediaType,
    digest,
    size,
    ...(isRecord(platform) ? { platform: platformOf(platform) } : {}),
    ...(isRecord(annotations) ? { annotations: textsOf(annotations) } : {}),
  }
}

function platformOf(json: Json): PlatformOf {
  const { architecture, os, variant } = json
  if (typeof architecture !== 'string' || typeof os !== 'string') throw new BadDocument('a platform lacks its system or architecture')
  return { architecture, os, ...(typeof variant === 'string' && variant !== '' ? { variant } : {}) }
}

function runConfigOf(json: Json): RunConfig {
  const lists = ['Env', 'Entrypoint', 'Cmd', 'Shell', 'OnBuild'].flatMap((key) => entryOf(key, textsIn(json, key)))
  const texts = ['User', 'WorkingDir', 'StopSignal'].flatMap((key) => entryOf(key, typeof json[key] === 'string' && json[key] !== '' ? json[key] : undefined))
  const sets = ['ExposedPorts', 'Volumes'].flatMap((key) => entryOf(key, isRecord(json[key]) ? Object.fromEntries(Object.keys(json[key]).map((name) => [name, {}])) : undefined))
  const rest = [...entryOf('Labels', isRecord(json['Labels']) ? textsOf(json['Labels']) : undefined), ...entryOf('Healthcheck', isRecord(json['Healthcheck']) ? json['Healthcheck'] : undefined)]
  return Object.fromEntries([...lists, ...texts, ...sets, ...rest])
}

function entryOf(key: string, value: unknown): [string, unknown][] {
  return value === undefined ? [] : [[key, value]]
}

function historyOf(value: unknown): HistoryEntry {
  if (!isRecord(value)) throw new BadDocument('a part of the history is not an object')
  const { created, created_by: by, empty_layer: empty } = value
  return { ...(typeof created === 'string' ? { created } : {}), ...(typeof by === 'string' ? { created_by: by } : {}), ...(empty === true ? { empty_layer: true } : {}) }
}

function listIn(json: Json, key: string): readonly unknown[] {
  const value = json[key]
  if (!Array.isArray(value)) throw new BadDocument(`\`${key}\` is not a list`)
  return value
}

function recordIn(json: Json, key: string): Json {
  const value = json[key]
  if (!isRecord(value)) throw new BadDocument(`\`${key}\` is not an object`)
  return value
}

function textsIn(json: Json, key: string): readonly string[] | undefined {
  const value = json[key]
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw new BadDocument(`\`${key}\` is not a list of texts`)
  return value
}

function textsOf(json: Json): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(json).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** The engine's own names for the same bytes. */
function ociMedia(type: string): string {
  if (type === 'application/vnd.docker.image.rootfs.diff.tar.gzip') return `${media.layer}+gzip`
  return type === 'application/vnd.docker.image.rootfs.diff.tar' ? media.layer : type
}
