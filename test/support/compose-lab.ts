/** The `compose` platform on a real Docker Engine, with a stack and everything around it, for tests. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { edgeContainer, hostScope } from '../../core/domain/edge-control/index.js'
import type { ComposeHost, ComposeOptions } from '../../core/domain/environment.js'
import type { Release } from '../../core/domain/release.js'
import { dockerEngine } from '../../core/drivers/engines/docker/index.js'
import { haproxyMetrics } from '../../core/drivers/metrics/haproxy/index.js'
import { composePlatform } from '../../core/drivers/platforms/compose/index.js'
import { systemProcesses } from '../../core/io/process.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Engine } from '../../core/ports/engine.js'
import type { Log } from '../../core/ports/log.js'
import type { Metrics } from '../../core/ports/metrics.js'
import type { Platform } from '../../core/ports/platform.js'
import { dockerLab, type DockerClient, type DockerLab } from './docker/lab.mjs'
import { releaseOf, type Variant } from './images.js'
import { unusedPort } from './local-lab.js'
import { realAmbient } from './surroundings.js'

export interface ComposeLab {
  readonly docker: DockerLab
  /** In the name of all that it makes. */
  readonly app: string
  readonly scope: string
  readonly edge: string
  readonly work: string
  readonly port: number
  readonly url: string
  readonly ambient: Ambient
  readonly options: ComposeOptions
  /** Everything that was told so far. */
  readonly told: readonly string[]
  /** `around`: what stands between the platform and each engine. */
  open(changes?: Partial<ComposeOptions>, around?: (engine: Engine) => Engine): Platform
  metrics(slowerThanMs?: number): Metrics
  release(variant: Variant, settings?: Readonly<Record<string, string>>): Promise<Release>
  image(variant: Variant): Promise<string>
  /** Names of the containers of a release. */
  containers(version: string): Promise<readonly string[]>
  close(): Promise<void>
}

export interface ComposeLabGiven {
  /** Of the compose file; `WEB` stands for the image of `v0`. */
  readonly compose?: string
  readonly options?: Partial<ComposeOptions>
  readonly hosts?: readonly ComposeHost[]
  /** Another engine than the shared one. */
  readonly engine?: DockerClient
  readonly app?: string
  /** `staging` without it. */
  readonly environment?: string
}

export const composeFile = `services:
  web:
    image: IMAGE
    environment: { PORT: "8080", HOST: 0.0.0.0 }
    ports: ["127.0.0.1:PUBLISHED:8080"]
    stop_grace_period: 2s
`

export async function composeLab(given: ComposeLabGiven = {}): Promise<ComposeLab> {
  const docker = await dockerLab()
  const engine = given.engine ?? docker
  const app = given.app ?? docker.unique('shop')
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-compose-'))
  const port = await unusedPort()
  const image = (variant: Variant): Promise<string> => webIn(docker, app, variant)
  const text = (given.compose ?? composeFile).replaceAll('PUBLISHED', String(port)).replaceAll('IMAGE', await image({ version: 'v0' }))
  await writeFile(path.join(work, 'compose.yml'), `name: ${app}\n${text}`)
  const told: string[] = []
  const ambient = ambientFor(work, { ...process.env, ...engine.env }, told)
  const environment = given.environment ?? 'staging'
  const scope = hostScope(app, environment)
  const options: ComposeOptions = {
    name: 'compose', hosts: given.hosts ?? [{ hostKeys: [] }], files: ['compose.yml'], service: 'web', healthPath: '/health', sticky: false, drainMs: 2000, keep: 2, adopt: false,
    edge: { image: await docker.base('haproxy'), reload: [] }, ...given.options,
  }
  const engines = options.hosts.map((host) => dockerEngine({ ...host, ...(options.sshKey === undefined ? {} : { sshKey: options.sshKey }) }, ambient))
  const url = `http://127.0.0.1:${port}`
  return {
    docker, app, scope, edge: edgeContainer(scope), work, port, url, ambient, options, told, image,
    open: (changes = {}, around = (one) => one) => composePlatform({ ...options, ...changes }, { app, environment, url, secretSettings: {} }, engines.map(around), ambient),
    metrics: (slowerThanMs) => haproxyMetrics({ scope, ...(slowerThanMs === undefined ? {} : { slowerThanMs }) }, engines, ambient),
    release: async (variant, settings = {}) => releaseOf('shop', variant.version, await image(variant), settings),
    containers: async (version) => (await engine.docker(['ps', '--all', '--filter', `label=ecluse.scope=${scope}`, '--filter', `label=ecluse.version=${version}`, '--format', '{{.Names}}'])).split('\n').filter(Boolean),
    close: async () => {
      await docker.cleanup(app)
      await rm(work, { recursive: true, force: true })
    },
  }
}

/** The web application of `web-app.mjs`. */
async function webIn(docker: DockerLab, app: string, variant: Variant): Promise<string> {
  return docker.image(`${app}:${variant.version}`, {
    base: 'node', workdir: '/app', entrypoint: ['node', 'server.mjs'], labels: { 'org.opencontainers.image.version': variant.version },
    files: { '/app/server.mjs': await readFile(path.join('test', 'support', 'web-app.mjs')), '/app/variant.json': JSON.stringify(variant) },
  })
}

function ambientFor(work: string, env: Readonly<Record<string, string | undefined>>, told: string[]): Ambient {
  const tell = (line: string): void => void told.push(line)
  const log: Log = { step: tell, info: tell, progress: () => undefined, warn: tell, error: tell, debug: () => undefined }
  const signal = new AbortController().signal
  return { ...realAmbient({ work, dist: '' }, signal), log, process: systemProcesses({ signal, env }) }
}
