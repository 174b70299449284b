import { availableParallelism } from 'node:os'
import path from 'node:path'
import type { BuildSettings, Environment } from '../domain/environment.js'
import type { SettingsOverview } from '../domain/settings/overview.js'
import type { QualitySettings } from '../domain/quality/settings.js'
import type { Ambient } from '../ports/ambient.js'
import type { Opened } from './opening.js'
import { passwordsIn } from './secrets.js'

export interface EnvironmentOptions {
  /** Keys that the action will not look at, such as `backup.database`: their variables need not be set. */
  readonly unneeded?: readonly string[]
  /** What only few look at, and the action does: `verify`, `flush-cache.redis`. */
  readonly needed?: readonly string[]
}

/** What an action can ask of the host beside its inputs. */
export interface Host {
  /** What is true of the environment that the inputs name: file, inputs and defaults together. */
  environment(options?: EnvironmentOptions): Promise<Environment>
  /** The environment that the inputs name, or all of the file; of each only these keys, the others are not looked at. */
  environments(only: readonly string[], options?: EnvironmentOptions): Promise<readonly Environment[]>
  build(): Promise<BuildSettings>
  /** How the registry of `build.repository` knows us, where that can be said here. */
  registryAccess(): Promise<Pick<BuildSettings, 'repository' | 'login'>>
  quality(): Promise<QualitySettings>
  /** A text without any secret that is known by now. */
  masked(text: string): string
  /** How many programs this machine can run at the same time. */
  readonly cores: number
  /** The application's own settings in every environment, checked; `undefined` when there are no layers. */
  settings(): Promise<SettingsOverview | undefined>
  readonly env: Readonly<Record<string, string>>
}

const USUAL_FILE = 'ecluse.yml'

/** The configuration loads, with its parser and schema, when it is first asked for. */
export function buildHost({ face, env, files, secrets }: Opened, ambient: Ambient): Host {
  const { config, environment, ...rest } = face.raw
  const overrides = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ''))
  const file = config === undefined || config === '' ? USUAL_FILE : config
  const fallbackApp = path.basename(env['GITHUB_REPOSITORY'] ?? ambient.paths.work)
  const asked = { files, path: path.resolve(ambient.paths.work, file), shownAs: file, overrides, env, optional: file === USUAL_FILE, hide: (value: string) => face.hide(value), fallbackApp }
  return {
    env,
    async environment(options = {}) {
      const { loadEnvironment } = await import('../config/load.js')
      const loaded = await loadEnvironment({ ...asked, ...options, name: environment ?? '' })
      for (const password of passwordsIn(JSON.stringify(loaded))) face.hide(password)
      return loaded
    },
    async environments(only, options = {}) {
      const { loadEnvironments } = await import('../config/load-all.js')
      return loadEnvironments({ ...asked, ...options, only, name: environment ?? '' })
    },
    async build() {
      const { loadBuild } = await import('../config/load.js')
      return loadBuild({ ...asked, usualPlatform: usualPlatform() })
    },
    async registryAccess() {
      const { loadRegistryAccess } = await import('../config/load-access.js')
      return loadRegistryAccess(asked)
    },
    async quality() {
      const { loadQuality } = await import('../config/load-quality.js')
      return loadQuality(asked)
    },
    masked: (text) => secrets.mask(text),
    cores: availableParallelism(),
    async settings() {
      const { loadSettings } = await import('../config/layers/overview.js')
      return loadSettings(asked)
    },
  }
}

/** This machine, in the words of image platforms. */
function usualPlatform(): string {
  const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386' }
  return `linux/${architectures[process.arch] ?? process.arch}`
}
