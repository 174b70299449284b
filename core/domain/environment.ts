import type { HttpCheck } from './check.js'
import type { FourEyes } from './four-eyes.js'
import type { Freeze } from './freeze.js'
import type { IdentityRule } from './identity.js'
import type { Objectives } from './objectives.js'
import type { Protection } from './protection/wanted.js'
import type { JudgePolicy, RolloutPolicy } from './rollout.js'
import type { SecretPolicy } from './secret-policy.js'

/** The `local` platform: processes on this machine behind an embedded proxy. */
export interface LocalOptions {
  readonly name: 'local'
  /** Port of the proxy on 127.0.0.1. */
  readonly port: number
  /** Keep a client on one arm by cookie. */
  readonly sticky: boolean
  /** Requests in flight may take so long to end before their instance is stopped. */
  readonly drainMs: number
  /** Past releases that stay restorable. */
  readonly keep: number
  /** Path that must answer 2xx for an instance to be healthy. */
  readonly healthPath: string
}

export type PlatformChoice = LocalOptions
export type MetricsChoice = { readonly name: 'local' }
export type StoreChoice = { readonly name: 'disk'; readonly path: string }

export const ledgerChoices = ['file', 'github'] as const
export type LedgerChoice = (typeof ledgerChoices)[number]

/** The database's migrations: the user's own commands. */
export interface MigrateCommands {
  readonly up?: string
  readonly revision?: string
  readonly down?: string
  /** `runner`: on this machine; `release`: as a task in the release's image. */
  readonly in: 'runner' | 'release'
  /** The release before can run on the schema after (expand and contract). */
  readonly backwardCompatible: boolean
  readonly withinMs: number
  /** Where migrations are in the sources, beside the usual places: folders or patterns. */
  readonly paths?: readonly string[]
}

/** Everything that is true of one environment, from `ecluse.yml`, the inputs and the defaults. */
export interface Environment {
  readonly name: string
  readonly app: string
  /** Folder for what Ecluse keeps. */
  readonly state: string
  readonly url?: string
  readonly platform?: PlatformChoice
  readonly identity?: IdentityRule
  /** Where the record is kept; absent: what the machine suggests, see `ledgerFor`. */
  readonly ledger?: LedgerChoice
  /** Branch for full records. */
  readonly recordsBranch?: string
  readonly settings: Readonly<Record<string, string>>
  /** Settings that are secret: variable of the release → variable of ours, or secret, that holds its value. Never the value. */
  readonly secretSettings?: Readonly<Record<string, string>>
  readonly migrate?: MigrateCommands
  readonly flushCache?: string
  readonly checks: readonly HttpCheck[]
  readonly degraded: 'warn' | 'fail'
  readonly integration?: string
  readonly soakMs?: number
  readonly rollout: RolloutPolicy
  readonly judge: JudgePolicy
  readonly metrics?: MetricsChoice
  /** Its gates on GitHub, as far as the file says them. */
  readonly protection?: Protection
  /** Its variables on GitHub, by their names in capitals. */
  readonly variables?: Readonly<Record<string, string>>
  /** Secrets that it needs on GitHub; their values are not known here. */
  readonly secrets?: readonly SecretPolicy[]
  readonly backup?: { readonly database: string; readonly store: StoreChoice }
  readonly objectives?: Objectives
  /** Times in which nothing goes forward. */
  readonly freeze?: Freeze
  readonly fourEyes?: FourEyes
}

/** How the application's image is made. */
export interface BuildSettings {
  readonly app: string
  readonly state: string
  readonly context: string
  readonly file: string
  readonly platforms: readonly string[]
  readonly maxBytes?: number
}

/** On a runner of GitHub's nothing on the disk outlives the job; elsewhere the record stays on the machine that runs the platform. */
export function ledgerFor({ ledger }: Pick<Environment, 'ledger'>, hosted: boolean): LedgerChoice {
  return ledger ?? (hosted ? 'github' : 'file')
}
