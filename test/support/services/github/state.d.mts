/** Records as the fake keeps them. `state.all(…)` lists them oldest first; `put` replaces one, as a test may need. */

import type { App, BranchPolicy, Environment, ProtectionRule, Secret, Team, User, Variable } from './environment-state.d.mts'

export type * from './environment-state.d.mts'

export interface Deployment {
  readonly id: number
  readonly sha: string
  readonly ref: string
  readonly task: string
  readonly environment: string
  readonly payload: unknown
  readonly description: string | null
  readonly creator: string
  readonly transient: boolean
  readonly production: boolean
  readonly createdAt: number
  readonly updatedAt: number
  /** GitHub made it for this job. */
  readonly job?: number
}

export interface DeploymentStatus {
  readonly id: number
  readonly deployment: number
  readonly state: 'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success'
  readonly description: string
  readonly logUrl: string
  readonly environmentUrl: string
  readonly environment: string
  readonly creator: string
  readonly createdAt: number
}

export interface Run {
  readonly id: number
  readonly attempt: number
  readonly status: string
  readonly conclusion: string | null
  readonly sha: string
  readonly branch: string
  readonly event: string
  readonly actor: string
  /** Its file: `.github/workflows/deliver.yml`. */
  readonly workflow: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly createdAt: number
  readonly updatedAt: number
}

export interface Job {
  readonly id: number
  readonly run: number
  readonly attempt: number
  readonly name: string
  readonly status: string
  readonly conclusion: string | null
  readonly startedAt: number
  readonly completedAt: number | null
}

export interface Approval {
  readonly id: number
  readonly run: number
  readonly environments: readonly string[]
  readonly state: 'approved' | 'rejected' | 'pending'
  readonly user: string
  readonly comment: string
  readonly at: number
}

/** A run that waits for an environment. Its id is `run/environment`. */
export interface Waiting {
  readonly id: string
  readonly run: number
  readonly environment: string
  readonly since: number
}

export interface CommitStatus {
  readonly id: number
  readonly sha: string
  readonly state: 'error' | 'failure' | 'pending' | 'success'
  readonly context: string
  readonly description: string | null
  readonly targetUrl: string | null
  readonly creator: string
  readonly createdAt: number
}

export interface CheckRun {
  readonly id: number
  readonly sha: string
  readonly name: string
  readonly status: string
  readonly conclusion: string | null
  readonly output: Readonly<Record<string, unknown>>
  readonly startedAt: number
  readonly completedAt: number | null
  readonly detailsUrl: string | null
  readonly externalId: string | null
}

export interface Issue {
  readonly id: number
  readonly title: string
  readonly body: string
  readonly state: 'open' | 'closed'
  readonly labels: readonly string[]
  readonly assignees?: readonly string[]
  readonly user: string
  readonly closedBy?: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

export interface Comment {
  readonly id: number
  readonly issue: number
  readonly body: string
  readonly user: string
  readonly createdAt: number
  readonly updatedAt: number
}

export interface Pull {
  readonly id: number
  readonly title: string
  readonly body: string
  readonly user: string
  readonly labels: readonly string[]
  readonly commits: readonly string[]
  readonly state: 'open' | 'closed'
  readonly mergedAt: number | null
  readonly base: string
  readonly createdAt: number
}

export interface Artifact {
  readonly id: number
  readonly run: number
  readonly name: string
  readonly size: number
  readonly digest: string
  readonly expired: boolean
  readonly createdAt: number
  readonly expiresAt: number
}

export interface Release {
  readonly id: number
  readonly tag: string
  readonly name: string
  readonly body: string
  readonly draft: boolean
  readonly prerelease: boolean
  readonly target: string
  readonly createdAt: number
}

export interface Dispatch {
  readonly id: number
  /** Of a workflow: its file; of the repository: ''. */
  readonly workflow: string
  readonly event: string
  readonly ref: string
  readonly inputs: Readonly<Record<string, unknown>>
}

export interface GitRef {
  /** `refs/heads/main`. */
  readonly id: string
  readonly sha: string
}

export interface Tables {
  deployments: Deployment
  deploymentStatuses: DeploymentStatus
  runs: Run
  jobs: Job
  approvals: Approval
  waiting: Waiting
  environments: Environment
  branchPolicies: BranchPolicy
  protectionRules: ProtectionRule
  apps: App
  secrets: Secret
  variables: Variable
  users: User
  teams: Team
  commitStatuses: CommitStatus
  checkRuns: CheckRun
  issues: Issue
  comments: Comment
  pulls: Pull
  artifacts: Artifact
  releases: Release
  dispatches: Dispatch
  refs: GitRef
}

export interface GitHubState {
  all<T extends keyof Tables>(table: T): readonly Tables[T][]
  get<T extends keyof Tables>(table: T, id: Tables[T]['id']): Tables[T] | undefined
  put<T extends keyof Tables>(table: T, record: Tables[T]): void
  remove<T extends keyof Tables>(table: T, id: Tables[T]['id']): void
  /** Ids rise, as GitHub's do. */
  nextId(): number
  /** What the plan and the repository allow: reviewers and timers of a private one need a paid plan. */
  settings: { private: boolean; plan: 'free' | 'team' | 'enterprise'; defaultBranch: string }
}
