/** Builders with a real engine and a real registry, for tests. */
import { buildxBuilder } from '../../../core/drivers/builders/buildx/index.js'
import { dockerEngine } from '../../../core/drivers/engines/docker/index.js'
import { dockerRegistry } from '../../../core/drivers/registries/docker/index.js'
import { systemProcesses } from '../../../core/io/process.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Builder, EngineRequest } from '../../../core/ports/builder.js'
import type { Engine } from '../../../core/ports/engine.js'
import type { ImageRegistry } from '../../../core/ports/image-registry.js'
import { systemFiles } from '../../../core/io/files.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { realAmbient } from '../../support/surroundings.js'
import type { SeenImage } from './context.js'
import { entriesOf } from './context.js'

export interface Said {
  readonly info: string[]
  readonly warnings: string[]
  readonly debug: string[]
}

export interface BuildLab {
  readonly lab: DockerLab
  readonly ambient: Ambient
  readonly engine: Engine
  readonly registry: ImageRegistry
  readonly builder: Builder
  readonly said: Said
}

/** What a build says is kept; `env` is added to what docker has. */
export async function buildLab(options: { readonly env?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {}): Promise<BuildLab> {
  const lab = await dockerLab()
  const said: Said = { info: [], warnings: [], debug: [] }
  const { signal } = options
  const real = realAmbient({ work: process.cwd(), dist: 'dist' }, signal)
  const mask = (text: string): string => text
  const ambient: Ambient = {
    ...real,
    files: systemFiles(),
    process: systemProcesses({ env: { HOME: process.env['HOME'], ...lab.env, ...options.env }, mask, ...(signal === undefined ? {} : { signal }) }),
    log: { ...real.log, info: (text) => void said.info.push(text), warn: (text) => void said.warnings.push(text), debug: (text) => void said.debug.push(text) },
  }
  const engine = dockerEngine({ hostKeys: [] }, ambient)
  const registry = dockerRegistry(engine, options.env?.['DOCKER_CONFIG'] ?? lab.env.DOCKER_CONFIG, ambient)
  return { lab, ambient, engine, registry, builder: buildxBuilder(engine, registry, ambient), said }
}

interface Manifest {
  readonly manifests?: readonly { readonly digest: string; readonly platform: { readonly architecture: string; readonly os: string } }[]
  readonly config: { readonly digest: string }
  readonly layers: readonly { readonly digest: string }[]
}

const ACCEPT = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json', 'application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'].join(',')

/** Asks a registry as any client does. */
export async function manifestAt(reference: string): Promise<{ readonly digest: string | null; readonly body: Manifest } | undefined> {
  const { registry, name, rest } = partsOf(reference)
  const answer = await fetch(`http://${registry}/v2/${name}/manifests/${rest}`, { headers: { accept: ACCEPT } })
  if (answer.status === 404) return undefined
  const body: Manifest = JSON.parse(await answer.text())
  return { digest: answer.headers.get('docker-content-digest'), body }
}

export async function tagsOf(repository: string): Promise<readonly string[]> {
  const { registry, name } = partsOf(`${repository}:x`)
  const answer = await fetch(`http://${registry}/v2/${name}/tags/list`)
  if (answer.status === 404) return []
  const { tags }: { readonly tags: readonly string[] | null } = JSON.parse(await answer.text())
  return (tags ?? []).toSorted()
}

export async function blobOf(repository: string, digest: string): Promise<Buffer> {
  const { registry, name } = partsOf(`${repository}:x`)
  return Buffer.from(await (await fetch(`http://${registry}/v2/${name}/blobs/${digest}`)).arrayBuffer())
}

/** What an image in a registry holds, read by other code than what wrote it. */
export async function seeInRegistry(image: string): Promise<SeenImage> {
  const repository = image.replace(/@.*$/, '')
  const found = await manifestAt(image)
  const child = found?.body.manifests?.find(({ platform }) => platform.os !== 'unknown')
  const manifest = child === undefined ? found!.body : (await manifestAt(`${repository}@${child.digest}`))!.body
  const layers = await Promise.all(manifest.layers.map(async ({ digest }) => entriesOf(await blobOf(repository, digest))))
  const config: SeenImage['config'] = JSON.parse((await blobOf(repository, manifest.config.digest)).toString())
  return { config, layers }
}

function partsOf(reference: string): { readonly registry: string; readonly name: string; readonly rest: string } {
  const { registry = '', name = '', tag, digest } = /^(?<registry>[^/]+)\/(?<name>[^@]+?)(?:@(?<digest>sha256:[0-9a-f]{64})|:(?<tag>[^/:@]+))$/.exec(reference)?.groups ?? {}
  return { registry, name, rest: digest ?? tag ?? '' }
}

export function engineRequest(more: Partial<EngineRequest> = {}): EngineRequest {
  return { contexts: {}, secrets: {}, attestations: 'none', reuse: true, ...more }
}
