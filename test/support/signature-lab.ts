/** Images in a real registry and the real cosign, for tests of who signed what. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { SignWith } from '../../core/domain/environment.js'
import { cosignSignatures, cosignSigner } from '../../core/drivers/signatures/cosign/index.js'
import { systemProcesses } from '../../core/io/process.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Command } from '../../core/ports/process.js'
import type { Signatures, Signer } from '../../core/ports/signatures.js'
import { dockerLab, type DockerLab } from './docker/lab.mjs'
import { realAmbient } from './surroundings.js'

export const PASSWORD = 'open-sesame-4711'

export interface KeyPair {
  /** PEM texts. */
  readonly key: string
  readonly pub: string
}

export interface SignatureLab {
  readonly docker: DockerLab
  readonly work: string
  readonly ambient: Ambient
  /** Everything that was started, and every value that was masked. */
  readonly started: Command[]
  readonly masked: string[]
  readonly signatures: Signatures
  signer(signWith: Omit<SignWith, 'name'>, env?: Readonly<Record<string, string>>): Signer
  keys(): Promise<KeyPair>
  /** A new image, by digest. */
  image(): Promise<string>
  /** cosign itself, as somebody else would use it. */
  cosign(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>
  /** All bundles that lie beside an image. */
  bundles(image: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Puts a text beside an image as if it were a signature of it, whatever it says. */
  plant(image: string, bundle: string, predicate?: string): Promise<void>
  close(): Promise<void>
}

const run = promisify(execFile)
const EMPTY = '{}'
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'

export async function signatureLab(changes: Readonly<Record<string, string>> = {}): Promise<SignatureLab> {
  const docker = await dockerLab()
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-signatures-'))
  // Loopback needs no proxy; whoever wants more is told so at once, on every machine.
  const env = { PATH: `${docker.tools}:${process.env['PATH']}`, DOCKER_CONFIG: docker.env.DOCKER_CONFIG, HOME: work, HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', ...changes }
  const started: Command[] = []
  const masked: string[] = []
  const real = realAmbient({ work, dist: work })
  const processes = systemProcesses({ signal: real.signal, env })
  const ambient: Ambient = {
    ...real,
    process: { ...processes, run: (command) => (started.push(command), processes.run(command)) },
    mask: (secret) => void masked.push(secret),
  }
  const cosign = async (argv: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<string> => (await run('cosign', argv, { cwd: work, env: { ...env, COSIGN_PASSWORD: PASSWORD, ...more } })).stdout
  let count = 0
  return {
    docker, work, ambient, started, masked, cosign,
    signatures: cosignSignatures({}, ambient),
    signer: (signWith, own = {}) => cosignSigner({ name: 'cosign', ...signWith }, own, {}, ambient),
    async keys() {
      const prefix = `pair-${(count += 1)}`
      await cosign(['generate-key-pair', `--output-key-prefix=${prefix}`])
      return { key: await readFile(`${work}/${prefix}.key`, 'utf8'), pub: await readFile(`${work}/${prefix}.pub`, 'utf8') }
    },
    image: () => docker.image(docker.unique('signed'), { labels: { of: `${work}-${(count += 1)}` } }),
    async bundles(image) {
      const lines = await cosign(['download', 'attestation', '--allow-http-registry', image])
      return lines.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    },
    plant,
    close: () => rm(work, { recursive: true, force: true }),
  }
}

async function plant(image: string, bundle: string, predicate = 'https://sigstore.dev/cosign/sign/v1'): Promise<void> {
  const [registry, ...parts] = image.split('/')
  const [name = '', digest = ''] = parts.join('/').split('@')
  const at = `http://${registry}/v2/${name}`
  const subject = await (await fetch(`${at}/manifests/${digest}`, { headers: { accept: [MANIFEST, INDEX].join(',') } })).text()
  await Promise.all([EMPTY, bundle].map((content) => pushBlob(at, content)))
  const manifest = JSON.stringify({
    schemaVersion: 2, mediaType: MANIFEST, artifactType: BUNDLE,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', size: EMPTY.length, digest: sha256(EMPTY) },
    layers: [{ mediaType: BUNDLE, size: Buffer.byteLength(bundle), digest: sha256(bundle) }],
    annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope', 'dev.sigstore.bundle.predicateType': predicate },
    subject: { mediaType: MANIFEST, size: Buffer.byteLength(subject), digest },
  })
  await put(`${at}/manifests/${sha256(manifest)}`, MANIFEST, manifest)
  const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [{ mediaType: MANIFEST, size: Buffer.byteLength(manifest), digest: sha256(manifest), artifactType: BUNDLE }] })
  await put(`${at}/manifests/${digest.replace(':', '-')}`, INDEX, index)
}

async function pushBlob(at: string, content: string): Promise<void> {
  const { headers } = await fetch(`${at}/blobs/uploads/`, { method: 'POST' })
  const upload = new URL(headers.get('location') ?? '', at)
  upload.searchParams.set('digest', sha256(content))
  await put(upload.href, 'application/octet-stream', content)
}

async function put(url: string, type: string, body: string): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', headers: { 'content-type': type }, body })
  if (!answer.ok) throw new Error(`PUT ${url}: ${answer.status} ${await answer.text()}`)
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

/** A file of the lab with a text in it. */
export async function fileIn(lab: SignatureLab, name: string, content: string): Promise<string> {
  await writeFile(path.join(lab.work, name), content)
  return name
}
