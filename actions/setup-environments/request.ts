import type { Environment } from '../../core/domain/environment.js'
import type { SettingsOverview } from '../../core/domain/settings/overview.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Environments } from '../../core/ports/environments.js'
import type { GitHub } from '../../core/ports/github.js'
import type { Permissions } from '../../core/ports/permissions.js'
import type { Secrets } from '../../core/ports/secrets.js'
import type { RotationPorts } from './rotation/turn.js'

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
  /** Secrets to rotate, by name; empty: those that are due. */
  readonly secrets: readonly string[]
  /** Actions whose needs `doctor` looks at; empty: the usual ones. */
  readonly actions: readonly string[]
  /** Environment variables of this job, by name: values of secrets that it was given are among them. */
  readonly values: Readonly<Record<string, string | undefined>>
}

export interface SetupPorts {
  readonly github: GitHub
  readonly environments: Environments
  readonly secrets: Secrets
  readonly rotation: RotationPorts
  /** What may be done, one for each system that actions act on. */
  readonly permissions: readonly Permissions[]
}

/** What comparing and writing needs of them. */
export type ComparePorts = Pick<SetupPorts, 'environments' | 'secrets'>

interface SetupInputs {
  readonly mode: SetupMode
  readonly environment?: string | undefined
  readonly prune: boolean
  readonly secret?: readonly string[] | undefined
  readonly actions?: readonly string[] | undefined
}

/** What surrounds the inputs of one run. */
interface Around {
  readonly settings?: SettingsOverview | undefined
  readonly values: SetupRequest['values']
}

export function setupRequest(given: SetupInputs, environments: readonly Environment[], ambient: Ambient, { settings, values }: Around): SetupRequest {
  return {
    mode: given.mode, environments, everything: given.environment === undefined, prune: given.prune, startedAt: ambient.startedAt,
    secrets: given.secret ?? [], actions: given.actions ?? [], values, ...(settings === undefined ? {} : { settings }),
  }
}
