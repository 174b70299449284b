/** Small OCI image layouts for tests: the same variant, the same digest. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack, type Header } from 'tar-stream'
import { settingsText, type Release } from '../../core/domain/release.js'

export interface Variant {
  readonly version: string
  /** Exits at once with code 3. */
  readonly crash?: boolean
  /** `/health` answers 503. */
  readonly unhealthy?: boolean
  readonly errorRate?: number
  readonly delayMs?: number
  readonly startMs?: number
  readonly slowReaderMs?: number
  /** Does not end on SIGTERM. */
  readonly stubborn?: boolean
}

export type TarEntry = Partial<Header> & { readonly name: string; readonly content?: string }

const EPOCH = new Date(0)

/** A layer as gzipped tar. */
export async function layerOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack()
  for (const { content, ...header } of entries) tar.entry({ mtime: EPOCH, mode: header.type === 'directory' ? 0o755 : 0o644, ...header }, content ?? '')
  tar.finalize()
  const chunks: Uint8Array[] = []
  for await (const chunk of tar) if (chunk instanceof Uint8Array) chunks.push(chunk)
  return gzipSync(Buffer.concat(chunks))
}

export async function writeBlob(layout: string, content: string | Buffer): Promise<{ readonly digest: string; readonly size: number }> {
  const bytes = Buffer.from(content)
  const hex = createHash('sha256').update(bytes).digest('hex')
  await mkdir(path.join(layout, 'blobs', 'sha256'), { recursive: true })
  await writeFile(path.join(layout, 'blobs', 'sha256', hex), bytes)
  return { digest: `sha256:${hex}`, size: bytes.length }
}

/** An image of these layers; resolves with its reference. */
export async function writeImage(layout: string, layers: readonly Buffer[], config: Readonly<Record<string, unknown>>): Promise<string> {
  const described = await Promise.all(layers.map(async (layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...(await writeBlob(layout, layer)) })))
  const about = await writeBlob(layout, JSON.stringify({ architecture: 'amd64', os: 'linux', config, rootfs: { type: 'layers', diff_ids: [] } }))
  const manifest = await writeBlob(layout, JSON.stringify({
    schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...about }, layers: described,
  }))
  await writeFile(path.join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  await writeFile(path.join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', ...manifest }] }))
  return `oci-layout://${layout}@${manifest.digest}`
}

/** The web application of `web-app.mjs`, started as `node server.mjs` in `/app`. */
export async function webImage(layout: string, variant: Variant): Promise<string> {
  const source = await readFile(path.join('test', 'support', 'web-app.mjs'), 'utf8')
  const layer = await layerOf([
    { name: 'app/', type: 'directory' },
    { name: 'app/server.mjs', content: source },
    { name: 'app/variant.json', content: JSON.stringify(variant) },
  ])
  return writeImage(layout, [layer], { Entrypoint: ['node', 'server.mjs'], Env: ['PATH=/usr/local/bin:/usr/bin', 'FROM_IMAGE=yes'], WorkingDir: '/app' })
}

export function releaseOf(app: string, version: string, image: string, settings: Readonly<Record<string, string>> = {}): Release {
  const settingsHash = createHash('sha256').update(settingsText(settings)).digest('hex')
  return { app, version, commit: '', images: { web: image }, serving: 'web', settings, settingsHash }
}
