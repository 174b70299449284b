import path from 'node:path'
import type { BuildSettings, Environment } from '../domain/environment.js'
import type { SettingsOverview } from '../domain/settings/overview.js'
import type { Ambient } from '../ports/ambient.js'
import type { Opened } from './opening.js'
import { passwordsIn } from './secrets.js'

export interface EnvironmentOptions {
  /** Keys that the action will not look at, such as `backup.database`: their variables need not be set. */
  readonly unneeded?: readonly string[]
}

/** What an action can ask of the host beside its inputs. */
export interface Host {
  /** What is true of the environment that the inputs name: file, inputs and defaults together. */
  environment(options?: EnvironmentOptions): Promise<Environment>
  build(): Promise<BuildSettings>
  /** The application's own settings in every environment, checked; `undefined` when there are no layers. */
  settings(): Promise<SettingsOverview | undefined>
  readonly env: Readonly<Record<string, string>>
}

const USUAL_FILE = 'ecluse.yml'

/** The configuration loads, with its parser and schema, when it is first asked for. */
export function buildHost({ face, env, files }: Opened, ambient: Ambient): Host {
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
    async build() {
      const { loadBuild } = await import('../config/load.js')
      return loadBuild({ ...asked, usualPlatform: usualPlatform() })
    },
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
