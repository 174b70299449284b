import type { AppSeed, CommitSeed, DeploymentSeed, EnvironmentSeed, IssueSeed, JobSeed, PullSeed, RunSeed, StatusSeed } from './seeds.d.mts'
import type { GitHubState, Deployment, DeploymentStatus, Job, Run } from './state.d.mts'

export type * from './seeds.d.mts'
export type * from './state.d.mts'

export interface GitHubOptions {
  /** `owner/name`; default `acme/shop`. */
  readonly repository?: string
  /** The server's clock (epoch ms); default the machine's. It may be a virtual one. */
  readonly now?: () => number
  /** Default 0: any free one. */
  readonly port?: number
  /** Of everything random (which replica answers); default 1. The same seed and requests give the same answers. */
  readonly seed?: number
  /** Of an enterprise server: `/api/v3`. Default none. It is part of `url`. */
  readonly prefix?: string
  /** Requests that a token may make in an hour; default 5000. */
  readonly limit?: number
}

/** Permissions as the token's YAML names them: `deployments`, `actions`, `contents`, `statuses`, `pull-requests`, … and, for apps, `administration`, `environments`, `secrets`, `variables`. */
export type Permissions = Readonly<Record<string, 'read' | 'write'>>

export interface Grant {
  readonly permissions: 'all' | Permissions
  /** Who it acts as; default `github-actions[bot]`. */
  readonly login?: string
}

export interface Call {
  readonly method: string
  /** As the description writes it: `/repos/{owner}/{repo}/deployments`; '' when there is none. */
  readonly route: string
  /** As it was asked, with its query. */
  readonly path: string
  readonly body: unknown
  /** 0: the connection was dropped or is kept waiting. */
  readonly status: number
  /** It cost of the rate limit. */
  readonly counted: boolean
  readonly token: string
  /** The server's clock. */
  readonly at: number
}

export interface Match {
  readonly method?: string
  /** A route of the description, or what the asked path (with query) must match. */
  readonly route?: string | RegExp
  /** In this process only. */
  readonly when?: (call: { readonly method: string; readonly path: string; readonly body: unknown; readonly token: string }) => boolean
  /** Only the so many-th one that matches, from 1. */
  readonly nth?: number
  /** Only the first so many that match; default: all. */
  readonly times?: number
}

export type Fault =
  /** Answers without carrying it out. `after`: carries it out first. */
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>>; readonly after?: boolean }
  /** Resets the connection before or after the request has been carried out. */
  | { readonly drop: 'before' | 'after' }
  /** Carries it out, and answers so much later (real time). */
  | { readonly delay: number }
  /** Never answers; `after`: it has been carried out. */
  | { readonly hang: 'before' | 'after' }

/** Reads see an earlier state: a prefix of what was written, in the order in which it was written. */
export type Lag =
  /** As it was so long ago, by the server's clock. */
  | { readonly ms: number }
  /** The next so many matching reads see the state as it is now. */
  | { readonly reads: number }
  /** Without the newest so many writes. */
  | { readonly writes: number }
  /** Each read is answered by one of so many replicas, chosen at random. A replica never goes back, but is up to so many writes, or so long, behind. */
  | { readonly replicas: number; readonly writes?: number; readonly ms?: number }

export interface Switch {
  /** How many requests it has met. */
  readonly used: number
  /** From now on it meets none. */
  stop(): void
}

export interface FakeGitHub {
  /** Use it as `GITHUB_API_URL`. */
  readonly url: string
  readonly repository: string
  /** Everything it holds; see `state.d.mts`. */
  readonly state: GitHubState
  /** Every request, oldest first. */
  readonly calls: readonly Call[]
  /** Requests that break the description, or that it does not know. A test ends with `expect(github.faults).toEqual([])`. */
  readonly faults: string[]
  /** Token → grant. `ghs_fake` may do everything. */
  readonly tokens: Map<string, Grant>
  /** Calls that cost of the rate limit, since the start or the last `forget`. */
  counted(): number
  /** Empties `calls`. */
  forget(): void
  /** Leaves a token so many requests until the next hour. */
  setRemaining(remaining: number, token?: string): void
  inject(given: { readonly match?: Match; readonly fault: Fault }): Switch
  lag(given: { readonly match?: Match } & Lag): Switch
  /** Takes every fault and lag away. */
  calm(): void

  /** On top of a branch (default `main`); answers their SHAs, oldest first. */
  addCommits(commits: number | readonly CommitSeed[], branch?: string): readonly string[]
  /** The commit that a branch, tag or SHA names. */
  head(ref?: string): string
  /** A file's text on a branch, tag or commit; `undefined`: not there. */
  file(path: string, ref?: string): string | undefined
  /** Paths of all files, sorted. */
  files(ref?: string): readonly string[]
  /** A merged pull request, unless it says otherwise. */
  addPull(pull: PullSeed): number
  addIssue(issue: IssueSeed): number
  addUser(login: string, permission?: 'admin' | 'write' | 'read' | 'none'): number
  addTeam(slug: string, members?: readonly string[]): number
  /** A GitHub App that may be a custom protection rule. */
  addApp(app: AppSeed): number
  addEnvironment(environment: EnvironmentSeed): void
  setSecret(environment: string, name: string, value: string): void
  /** What was sealed for an environment (`''`: the repository), opened with the private key. */
  secretValue(environment: string, name: string): string | undefined
  setVariable(environment: string, name: string, value: string): void
  variable(environment: string, name: string): string | undefined
  /** In progress, unless it says otherwise. */
  addRun(run?: RunSeed): Run
  /** `completed` with this conclusion; its jobs and the deployments GitHub made for them end, too. */
  endRun(run: number, conclusion?: string): void
  addJob(job: JobSeed): Job
  /** Ends one job: GitHub then gives its own deployment its last status. */
  endJob(job: number, conclusion?: string): void
  /** What GitHub does for `environment: name` in a job: a deployment with an empty payload and an `in_progress` status that links to run and job. */
  jobDeployment(given: { readonly run: number; readonly job: number; readonly environment: string; readonly ref?: string }): Deployment
  /** The run waits for this environment's reviewers. */
  waitFor(run: number, environment: string): void
  /** A person approves or rejects on the page. */
  review(run: number, environment: string, login: string, state?: 'approved' | 'rejected', comment?: string): void
  /** As if it had been there before: no call is counted. */
  addDeployment(deployment: DeploymentSeed): Deployment
  /** Many at once, cheaply, oldest first. */
  addDeployments(deployments: Iterable<DeploymentSeed>): void
  addStatus(deployment: number, status: StatusSeed): DeploymentStatus
  /** Statuses of a deployment, oldest first. */
  statusesOf(deployment: number): readonly DeploymentStatus[]
  close(): Promise<void>
}

export function startGitHub(options?: GitHubOptions): Promise<FakeGitHub>
