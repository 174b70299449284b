/** What tests put into the fake. Times are epoch ms; absent: now. */

export interface CommitSeed {
  readonly message?: string
  /** Path → text; null takes the file away. */
  readonly files?: Readonly<Record<string, string | null>>
  readonly author?: string
  readonly at?: number
}

export interface PullSeed {
  readonly title: string
  readonly body?: string
  readonly user?: string
  readonly labels?: readonly string[]
  /** Commits that came with it. The last one is its merge commit. */
  readonly commits: readonly string[]
  readonly merged?: boolean
  readonly base?: string
  readonly at?: number
}

export interface IssueSeed {
  readonly title: string
  readonly user?: string
  readonly body?: string
  readonly labels?: readonly string[]
  readonly state?: 'open' | 'closed'
}

export interface AppSeed {
  readonly slug: string
  readonly name?: string
}

export interface ReviewerSeed {
  readonly type: 'User' | 'Team'
  readonly id: number
}

export interface EnvironmentSeed {
  readonly name: string
  readonly waitTimer?: number
  readonly preventSelfReview?: boolean
  readonly reviewers?: readonly ReviewerSeed[]
  readonly branchPolicy?: { readonly protected_branches: boolean; readonly custom_branch_policies: boolean } | null
  readonly policies?: readonly { readonly name: string; readonly type?: 'branch' | 'tag' }[]
  /** Ids of apps that are enabled as custom rules. */
  readonly rules?: readonly number[]
}

export interface RunSeed {
  readonly id?: number
  readonly attempt?: number
  readonly status?: string
  readonly conclusion?: string | null
  readonly sha?: string
  readonly branch?: string
  readonly event?: string
  readonly actor?: string
  readonly workflow?: string
  readonly at?: number
}

export interface JobSeed {
  readonly run: number
  readonly name: string
  readonly status?: string
  readonly conclusion?: string | null
  readonly at?: number
}

export interface DeploymentSeed {
  /** Branch, tag or SHA; default the newest commit of `main`. */
  readonly ref?: string
  readonly environment: string
  readonly task?: string
  readonly payload?: unknown
  readonly description?: string
  readonly creator?: string
  readonly transient?: boolean
  readonly production?: boolean
  readonly at?: number
  readonly statuses?: readonly StatusSeed[]
}

export interface StatusSeed {
  readonly state: 'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success'
  readonly description?: string
  readonly logUrl?: string
  readonly environmentUrl?: string
  readonly creator?: string
  readonly at?: number
}
