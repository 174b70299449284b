import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Transform } from 'node:stream'
import { pinnedImage } from '../../domain/release.js'
import { StateError } from '../../errors/families.js'

const LAYOUT = 'oci-layout://'

/** One blob, named by its content. */
export interface Blob {
  readonly digest: string
  readonly mediaType: string
}

export interface Image {
  readonly layers: readonly Blob[]
  readonly config: ImageConfig
}

/** The parts of an image's configuration that say how to start it. */
export interface ImageConfig {
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  readonly env: readonly string[]
  readonly workingDir: string
}

export interface ImagePlace {
  readonly folder: string
  readonly digest: string
}

/** The layout folder and the digest of `oci-layout://<folder>@sha256:…`. */
export function imagePlace(reference: string): ImagePlace {
  const pinned = pinnedImage(reference)
  if (pinned === undefined) throw new StateError('image-not-pinned', { message: `Image \`${reference}\` is not named by its digest.` })
  if (!pinned.name.startsWith(LAYOUT)) {
    throw new StateError('image-not-found', {
      message: `Image \`${reference}\` is not in a layout folder; the local platform runs only \`${LAYOUT}<folder>@sha256:<digest>\`.`,
      fix: 'Build it with the builder `oci-layout`.',
    })
  }
  return { folder: pinned.name.slice(LAYOUT.length), digest: pinned.digest }
}

/** Manifest and configuration, each checked against its digest. An index is followed to the image of this machine. */
export async function readImage(place: ImagePlace): Promise<Image> {
  let manifest = await jsonBlob(place.folder, place.digest)
  if (Array.isArray(manifest['manifests'])) manifest = await jsonBlob(place.folder, ofThisMachine(manifest['manifests'], place.digest))
  const config = await jsonBlob(place.folder, digestOf(manifest['config'], place.digest))
  const layers = listOf(manifest['layers']).map((layer) => ({ digest: digestOf(layer, place.digest), mediaType: textOf(fieldsOf(layer)['mediaType']) }))
  return { layers, config: configOf(fieldsOf(config['config'])) }
}

/** A blob's bytes; the stream fails at its end when they are not what the digest promises. */
export function checkedBlob(folder: string, digest: string): NodeJS.ReadableStream {
  const hash = createHash('sha256')
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
    flush(done) {
      const found = `sha256:${hash.digest('hex')}`
      done(found === digest ? null : corrupt(digest, `its content hashes to \`${found}\``))
    },
  })
  const source = createReadStream(blobPath(folder, digest))
  source.on('error', (fault) => check.destroy(missing(folder, digest, fault)))
  // Who stops reading half-way closes the file too.
  check.once('close', () => source.destroy())
  return source.pipe(check)
}

export function corrupt(digest: string, fact: string, cause?: unknown): StateError {
  return new StateError('image-corrupt', { message: `Image part \`${digest}\` can't be used: ${fact}.`, cause })
}

async function jsonBlob(folder: string, digest: string): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await readFile(blobPath(folder, digest)).catch((fault: unknown) => {
    throw missing(folder, digest, fault)
  })
  const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  if (found !== digest) throw corrupt(digest, `its content hashes to \`${found}\``)
  try {
    return fieldsOf(JSON.parse(bytes.toString('utf8')))
  } catch (thrown) {
    throw corrupt(digest, 'it is not JSON', thrown)
  }
}

function missing(folder: string, digest: string, cause: unknown): StateError {
  return new StateError('image-not-found', { message: `\`${digest}\` is not in the image layout \`${folder}\`.`, cause })
}

function blobPath(folder: string, digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1]
  if (hex === undefined) throw corrupt(digest, 'it is not a SHA-256 digest')
  return path.join(folder, 'blobs', 'sha256', hex)
}

function ofThisMachine(manifests: readonly unknown[], index: string): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const found = manifests.find((entry) => {
    const platform = fieldsOf(fieldsOf(entry)['platform'])
    return platform['os'] === 'linux' && platform['architecture'] === architecture
  })
  if (found === undefined) {
    throw new StateError('image-not-found', {
      message: `Image \`${index}\` holds nothing for linux/${architecture}.`,
      fix: `Build it for linux/${architecture} too.`,
    })
  }
  return digestOf(found, index)
}

function configOf(config: Readonly<Record<string, unknown>>): ImageConfig {
  return {
    entrypoint: listOf(config['Entrypoint']).map(textOf),
    cmd: listOf(config['Cmd']).map(textOf),
    env: listOf(config['Env']).map(textOf),
    workingDir: textOf(config['WorkingDir']) || '/',
  }
}

function digestOf(descriptor: unknown, of: string): string {
  const { digest } = fieldsOf(descriptor)
  if (typeof digest !== 'string') throw corrupt(of, 'a part of it has no digest')
  return digest
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
