/** One commit between two releases. */
export interface Commit {
  readonly sha: string
  /** First line of its message. */
  readonly title: string
  /** Login, else the name in the commit. */
  readonly author: string
  readonly at: number
  readonly url: string
}

export interface PullRequest {
  readonly number: number
  readonly title: string
  readonly author: string
  readonly url: string
  readonly labels: readonly string[]
}

export interface Comparison {
  /** Where a person looks at it. */
  readonly url: string
  /** How the head stands to the base. */
  readonly relation: 'ahead' | 'behind' | 'diverged' | 'identical'
  /** Oldest first, at most 500: the oldest ones. */
  readonly commits: readonly Commit[]
  /** Of all, also of those not in `commits`. */
  readonly total: number
  /** Changed paths with what happened to each; bounded by GitHub at 300. */
  readonly files: readonly { readonly path: string; readonly change: 'added' | 'modified' | 'removed' | 'renamed' }[]
  readonly filesCut: boolean
}

/** What GitHub knows about the sources and about what people said of them. Read only, but for statuses and comments. */
export interface Repository {
  /** `undefined` when one of them is not in the repository. */
  compare(base: string, head: string): Promise<Comparison | undefined>
  /**
   * The pull requests that brought these commits, each once, newest first. Titles of merged ones name them; what they do not tell is
   * asked for, with at most so many calls.
   */
  pullRequests(commits: readonly Commit[], most: number): Promise<readonly PullRequest[]>
  /** Who approved which environments of a run, with what words. Empty when nobody had to; `undefined` when the token may not look. */
  approvals(run: string): Promise<readonly Approval[] | undefined>
  /** The newest status of this context on a commit, as the commit status API tells it. */
  status(commit: string, context: string): Promise<CommitStatus | undefined>
  setStatus(commit: string, status: CommitStatus): Promise<void>
  /** Runs that wait for or work in an environment, oldest first, without this one's; `undefined` when the token may not look. */
  waiting(environment: string, own: string): Promise<Queue | undefined>
}

export interface Approval {
  readonly by: string
  readonly state: 'approved' | 'rejected'
  readonly comment: string
  readonly environments: readonly string[]
  /** GitHub does not tell when; where the record has it, it is when we looked. */
  readonly at?: number
}

export interface CommitStatus {
  readonly context: string
  readonly state: 'error' | 'failure' | 'pending' | 'success'
  /** At most 140 characters. */
  readonly description: string
  readonly url?: string
  readonly at?: number
}

export interface Queue {
  readonly runs: readonly WaitingRun[]
  /** Runs under way of which nobody asked where they are going: there were too many. */
  readonly unasked: number
}

export interface WaitingRun {
  readonly id: string
  readonly number: number
  readonly title: string
  readonly actor: string
  /** `approval`: it waits for somebody's word; `turn`: for its turn or a runner; `working`: it is at it. */
  readonly state: 'approval' | 'turn' | 'working'
  readonly createdAt: number
  readonly url: string
}
