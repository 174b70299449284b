/** The `local` platform with everything around it, for tests. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { LocalOptions } from '../../core/domain/environment.js'
import type { Release } from '../../core/domain/release.js'
import { localMetrics } from '../../core/drivers/metrics/local/index.js'
import { localPlatform, stopLocal } from '../../core/drivers/platforms/local/index.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Metrics } from '../../core/ports/metrics.js'
import type { Platform } from '../../core/ports/platform.js'
import { freshDist } from './dist.js'
import { releaseOf, webImage, type Variant } from './images.js'
import { unusedPort } from './ports.js'
import { realAmbient } from './surroundings.js'

export { unusedPort } from './ports.js'

export interface LocalLab {
  readonly work: string
  readonly state: string
  readonly url: string
  readonly port: number
  readonly ambient: Ambient
  open(changes?: Partial<LocalOptions>, environment?: string): Platform
  metrics(slowerThanMs?: number): Metrics
  release(variant: Variant, settings?: Readonly<Record<string, string>>): Promise<Release>
  /** The process of the server. */
  serverPid(environment?: string): Promise<number>
  /** Ends the server as a power cut would, its instances not. */
  killServer(environment?: string): Promise<void>
  stop(environment?: string): Promise<void>
  close(): Promise<void>
}

export async function localLab(options: Partial<LocalOptions> = {}, place: { readonly state?: string } = {}): Promise<LocalLab> {
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-lab-'))
  const state = place.state === undefined ? path.join(work, 'state') : path.join(work, place.state)
  const port = await unusedPort()
  const ambient = realAmbient({ work, dist: await freshDist() })
  const used = new Set<string>()
  const card = async (environment: string): Promise<{ pid: number }> =>
    JSON.parse(await readFile(path.join(state, 'local', environment, 'server.json'), 'utf8'))
  const stop = (environment = 'staging'): Promise<void> => stopLocal({ environment, state }, ambient)
  return {
    work, state, port, ambient, stop,
    url: `http://127.0.0.1:${port}`,
    open: (changes = {}, environment = 'staging') => {
      used.add(environment)
      return localPlatform({ name: 'local', port, sticky: false, drainMs: 1000, keep: 2, healthPath: '/health', ...options, ...changes }, { app: 'shop', environment, state }, ambient)
    },
    metrics: (slowerThanMs) => localMetrics({ environment: 'staging', state, ...(slowerThanMs === undefined ? {} : { slowerThanMs }) }, ambient),
    release: async (variant, settings = {}) => releaseOf('shop', variant.version, await webImage(path.join(work, `image-${variant.version}`), variant), settings),
    serverPid: async (environment = 'staging') => (await card(environment)).pid,
    killServer: async (environment = 'staging') => {
      process.kill((await card(environment)).pid, 'SIGKILL')
    },
    close: async () => {
      for (const environment of used) await stop(environment)
      await rm(work, { recursive: true, force: true })
    },
  }
}
