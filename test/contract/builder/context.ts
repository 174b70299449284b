/** Contexts and images for the tests of builders. */
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { ownStart } from '../../../core/io/process.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { BuildRequest } from '../../../core/ports/builder.js'
import { realAmbient } from '../../support/surroundings.js'

/** Path → content; an object for a link or another mode. */
export type Sources = Readonly<Record<string, string | Buffer | { readonly link: string } | { readonly text: string; readonly mode: number }>>

const made: string[] = []

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ecluse-build-'))
  made.push(folder)
  return folder
}

export async function removeFolders(): Promise<void> {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true })
}

export async function contextOf(sources: Sources): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, source] of Object.entries(sources)) await put(path.join(folder, name), source)
  return folder
}

async function put(file: string, source: Sources[string]): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  if (typeof source === 'string' || Buffer.isBuffer(source)) return writeFile(file, source)
  if ('link' in source) return symlink(source.link, file)
  await writeFile(file, source.text)
  await chmod(file, source.mode)
}

export interface Told {
  readonly ambient: Ambient
  readonly warnings: string[]
}

/** The real machine, with warnings kept and a process that is told apart from others. */
export async function surroundings(work: string, signal?: AbortSignal): Promise<Told> {
  const warnings: string[] = []
  const real = realAmbient({ work, dist: path.resolve('dist') }, signal)
  const run = { ...real.run, host: hostname(), pid: process.pid, started: ownStart() }
  return { warnings, ambient: { ...real, run, log: { ...real.log, warn: (text) => void warnings.push(text) } } }
}

export function requestFor(context: string, destination: string, more: Partial<BuildRequest> = {}): BuildRequest {
  return { app: 'shop', version: '1.0.0', context, file: 'Dockerfile', args: {}, labels: {}, platforms: ['linux/amd64'], sourceDate: 1_700_000_000, destination, ...more }
}

export interface SeenFile {
  readonly type: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtime: number
  readonly content: string
}

export interface SeenImage {
  readonly config: Readonly<Record<string, unknown>> & { readonly config: Readonly<Record<string, unknown>>; readonly history: readonly Readonly<Record<string, unknown>>[]; readonly rootfs: { readonly diff_ids: readonly string[] } }
  readonly layers: readonly ReadonlyMap<string, SeenFile>[]
}

export function partsOf(reference: string): { readonly folder: string; readonly digest: string } {
  const { folder = '', digest = '' } = /^oci-layout:\/\/(?<folder>.+)@(?<digest>sha256:[0-9a-f]{64})$/.exec(reference)?.groups ?? {}
  return { folder, digest }
}

export async function blob(folder: string, digest: string): Promise<Buffer> {
  return readFile(path.join(folder, 'blobs', 'sha256', digest.slice(7)))
}

export async function json<T = Record<string, unknown>>(folder: string, digest: string): Promise<T> {
  const value: T = JSON.parse((await blob(folder, digest)).toString())
  return value
}

export interface ListedImage {
  readonly digest: string
  readonly annotations: Readonly<Record<string, string>>
}

/** What a layout's index lists. */
export async function listed(layout: string): Promise<readonly ListedImage[]> {
  const index: { readonly manifests: readonly ListedImage[] } = JSON.parse(await readFile(path.join(layout, 'index.json'), 'utf8'))
  return index.manifests
}

interface Document {
  readonly manifests?: readonly { readonly digest: string; readonly platform: { readonly architecture: string } }[]
  readonly config: { readonly digest: string }
  readonly layers: readonly { readonly digest: string }[]
}

/** What an image of a layout holds, read by other code than what wrote it. */
export async function seeImage(reference: string, platform?: string): Promise<SeenImage> {
  const { folder, digest } = partsOf(reference)
  let manifest = await json<Document>(folder, digest)
  if (manifest.manifests) {
    const one = manifest.manifests.find((entry) => platform === undefined || entry.platform.architecture === platform)
    manifest = await json<Document>(folder, one!.digest)
  }
  const layers: Map<string, SeenFile>[] = []
  for (const layer of manifest.layers) layers.push(await entriesOf(await blob(folder, layer.digest)))
  return { config: await json<SeenImage['config']>(folder, manifest.config.digest), layers }
}

export async function entriesOf(tar: Buffer): Promise<Map<string, SeenFile>> {
  const archive = extract()
  archive.end(tar[0] === 0x1f ? gunzipSync(tar) : tar)
  const seen = new Map<string, SeenFile>()
  for await (const entry of archive) {
    const chunks: Uint8Array[] = []
    for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk)
    const { name, type, mode, uid, gid, mtime, linkname } = entry.header
    seen.set(name, { type, mode, uid, gid, mtime: mtime.getTime() / 1000, content: type === 'symlink' ? linkname : Buffer.concat(chunks).toString() })
  }
  return seen
}

/** `path → content` of all files, upper layers over lower ones. */
export function filesOf(image: SeenImage): Readonly<Record<string, string>> {
  return Object.fromEntries(image.layers.flatMap((layer) => [...layer].filter(([, { type }]) => type !== 'directory').map(([name, { content }]) => [name, content])))
}

