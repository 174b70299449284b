import type { GrafanaOptions } from './annotation.js'
import type { BackupPolicy } from './backup.js'
import type { Slo } from './budget-gate.js'
import type { HttpCheck } from './check.js'
import type { FourEyes } from './four-eyes.js'
import type { Freeze } from './freeze.js'
import type { IdentityRule } from './identity.js'
import type { MetricsChoice } from './metrics-choice.js'
import type { Objectives } from './objectives.js'
import type { Protection } from './protection/wanted.js'
import type { JudgePolicy, RolloutPolicy } from './rollout.js'
import type { SecretPolicy } from './secret-policy.js'
import type { SignerRule } from './signature.js'
import type { NotifyPolicy } from './telling/policy.js'
import type { TriggerPolicy } from './trigger-policy.js'
import type { ScanPolicy } from './vulnerability.js'
import type { WatchPolicy } from './watch-facts.js'

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
  /** Port on 127.0.0.1 where a Prometheus finds counters and processes; absent: none. */
  readonly metricsPort?: number
}

/** A host with a Docker Engine. */
export interface ComposeHost {
  /** `ssh://user@host[:port]`; absent: the engine of this machine. */
  readonly address?: string
  /** Lines of a `known_hosts` file that its key must be one of. */
  readonly hostKeys: readonly string[]
}

/** The `compose` platform: hosts with Docker Compose, each with an edge of ours in front of the service. */
export interface ComposeOptions {
  readonly name: 'compose'
  /** In the order in which a release reaches them; at least one. */
  readonly hosts: readonly ComposeHost[]
  /** The private key itself, for ssh; absent: the user's agent and files. */
  readonly sshKey?: string
  /** Compose files in the checkout, the base first. */
  readonly files: readonly string[]
  /** Name of the user's compose project; absent: what compose makes of the files. */
  readonly project?: string
  /** Folder on the host that relative bind mounts mean. */
  readonly folder?: string
  /** The service that releases replace. */
  readonly service: string
  /** Port that the service listens on; absent: the only one that its compose file names. */
  readonly port?: number
  /** Ports of the host that the edge publishes (`80`, `127.0.0.1:8080`); absent: those of the service. */
  readonly publish?: readonly string[]
  readonly healthPath: string
  readonly sticky: boolean
  readonly drainMs: number
  /** Past releases that stay restorable. */
  readonly keep: number
  /** A stack that already runs may be taken over. */
  readonly adopt: boolean
  readonly edge: {
    /** Image of HAProxy. */
    readonly image: string
    /** PEM file on the host (certificate and key): the edge then ends TLS. */
    readonly certificate?: string
    /** Services of the compose files that get SIGHUP when the edge takes the service's name, so that they look it up again. */
    readonly reload: readonly string[]
  }
}

export type PlatformChoice = LocalOptions | ComposeOptions

export const ledgerChoices = ['file', 'github'] as const
export type LedgerChoice = (typeof ledgerChoices)[number]

/** How caches are emptied: by a command of the user's own, or one numbered database of a Redis by its address. Secret. */
export type FlushCache = string | { readonly redis: string }

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
  readonly flushCache?: FlushCache
  readonly checks: readonly HttpCheck[]
  readonly degraded: 'warn' | 'fail'
  readonly integration?: string
  readonly soakMs?: number
  readonly rollout: RolloutPolicy
  readonly judge: JudgePolicy
  readonly metrics?: MetricsChoice
  /** What is promised to users over 30 days. */
  readonly slo?: Slo
  /** What sends a release back beside the judge. */
  readonly triggers?: TriggerPolicy
  /** Its gates on GitHub, as far as the file says them. */
  readonly protection?: Protection
  /** Its variables on GitHub, by their names in capitals. */
  readonly variables?: Readonly<Record<string, string>>
  /** Secrets that it needs on GitHub; their values are not known here. */
  readonly secrets?: readonly SecretPolicy[]
  readonly backup?: BackupPolicy
  readonly objectives?: Objectives
  readonly annotate?: GrafanaOptions
  /** Variables that `annotate` needs and that are not set here: then nothing is marked. */
  readonly unmarked?: readonly string[]
  readonly watch?: WatchPolicy
  /** Times in which nothing goes forward. */
  readonly freeze?: Freeze
  readonly fourEyes?: FourEyes
  /** The tag of its name moves to what is green here. */
  readonly movesTag?: boolean
  /** Who must have signed an image that is to run here; any of them will do. */
  readonly verify?: readonly SignerRule[]
  /** Whom to tell. */
  readonly notify?: NotifyPolicy
}

/** What signs images; without `key` the identity of the job does (keyless). */
export interface SignWith {
  readonly name: 'cosign'
  /** The private key itself, or the address of one in a key service. */
  readonly key?: string
  readonly password?: string
  /** File with the services of another Sigstore than the public one. */
  readonly signingConfig?: string
  /** File with the trust root of that Sigstore. */
  readonly trustedRoot?: string
}

export const builderNames = ['oci-layout', 'buildx'] as const
export type BuilderName = (typeof builderNames)[number]

export const cacheKinds = ['gha', 'registry', 'local'] as const

/** Where a build keeps its layers between runs. */
export interface BuildCache {
  readonly kind: (typeof cacheKinds)[number]
  /** Repository (`registry`) or folder (`local`). */
  readonly place?: string
  /** A build whose cache does not answer for so long goes on without it. */
  readonly withinMs: number
}

export const attestationChoices = ['full', 'provenance', 'none'] as const
/** What is attached to an image: provenance and a list of packages, provenance, or nothing (one plain manifest, for what can't read an index). */
export type Attestations = (typeof attestationChoices)[number]

/** How the application's image is made. */
export interface BuildSettings {
  readonly app: string
  readonly state: string
  readonly builder: BuilderName
  readonly context: string
  readonly file: string
  /** More contexts: name → folder or address. */
  readonly contexts: Readonly<Record<string, string>>
  /** What steps may read while they run: id → value. */
  readonly secrets: Readonly<Record<string, string>>
  readonly platforms: readonly string[]
  readonly maxBytes?: number
  /** Repository in a registry that images are pushed to. */
  readonly repository?: string
  readonly login?: { readonly username: string; readonly password: string }
  readonly cache?: BuildCache
  readonly attestations: Attestations
  /** Image that lists the packages for `full`. */
  readonly sbomGenerator?: string
  /** More tags than those that are always given. */
  readonly tags: readonly string[]
  /** The image whose size this one is compared with, when it is there. */
  readonly compareWith?: string
  readonly scan?: ScanPolicy
  readonly sign?: SignWith
}

/** On a runner of GitHub's nothing on the disk outlives the job; elsewhere the record stays on the machine that runs the platform. */
export function ledgerFor({ ledger }: Pick<Environment, 'ledger'>, hosted: boolean): LedgerChoice {
  return ledger ?? (hosted ? 'github' : 'file')
}
