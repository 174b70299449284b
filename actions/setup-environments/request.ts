import type { Environment } from '../../core/domain/environment.js'
import type { SettingsOverview } from '../../core/domain/settings/overview.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Environments } from '../../core/ports/environments.js'
import type { GitHub } from '../../core/ports/github.js'
import type { Secrets } from '../../core/ports/secrets.js'

export type SetupMode = 'plan' | 'apply' | 'check' | 'diff' | 'doctor' | 'rotate'

export interface SetupRequest {
  readonly mode: SetupMode
  /** Those that are asked for: one, or all of the file. */
  readonly environments: readonly Environment[]
  /** All of the file are asked for, so that what is on GitHub and not in the file is told. */
  readonly everything: boolean
  /** What the file does not name goes. */
  readonly prune: boolean
  /** The application's own settings, where there are any: checked, and shown beside what differs on GitHub. */
  readonly settings?: SettingsOverview
  /** When the process began (epoch ms). */
  readonly startedAt: number
}

export interface SetupPorts {
  readonly github: GitHub
  readonly environments: Environments
  readonly secrets: Secrets
}

interface SetupInputs {
  readonly mode: SetupMode
  readonly environment?: string | undefined
  readonly prune: boolean
}

export function setupRequest(given: SetupInputs, environments: readonly Environment[], ambient: Ambient, settings?: SettingsOverview): SetupRequest {
  return { mode: given.mode, environments, everything: given.environment === undefined, prune: given.prune, startedAt: ambient.startedAt, ...(settings === undefined ? {} : { settings }) }
}
