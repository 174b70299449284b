/**
 * What the dashboard shows, made of the ledger by pure functions and written into the page as JSON. Times are epoch ms,
 * durations ms, shares 0 to 1. The page computes nothing but what it draws.
 */
export interface DashboardModel {
  readonly v: 1
  readonly app: string
  /** Address of the repository's page; absent for a ledger in files. */
  readonly repository?: string
  readonly generatedAt: number
  readonly environments: readonly EnvironmentPanel[]
  /** Newest first, all environments. */
  readonly deliveries: readonly DeliveryRow[]
  /** Of the newest ones, by delivery id. */
  readonly details: Readonly<Record<string, DeliveryDetail>>
  /** Over all environments that count as production; those of each environment are in its panel. */
  readonly figures: Figures
  /** Words of the page with what they mean and how they are computed: the DORA four keys and our own rates. */
  readonly definitions: readonly { readonly term: string; readonly meaning: string }[]
  /** What could not be read, in words: nothing is left out silently. */
  readonly gaps: readonly string[]
}

export interface EnvironmentPanel {
  readonly name: string
  /** It counts for the figures of production. */
  readonly production?: boolean
  readonly live?: { readonly version: string; readonly commit: string; readonly image: string; readonly since: number; readonly delivery: string; readonly by: string }
  /** A delivery that is on its way. */
  readonly inFlight?: { readonly delivery: string; readonly version: string; readonly kind: DeliveryRow['kind']; readonly since: number; readonly by: string; readonly weight?: number; /** Nobody holds the lease any more: its run is dead, and the next one heals it. */ readonly leftBehind?: boolean }
  /** The release that a rollback without a target would bring back, by the record. */
  readonly wayBack?: { readonly version: string; readonly delivery: string }
  readonly objectives: {
    /**
     * Age of the newest verified backup against the objective; absent where no backup is configured. Without
     * `newestVerifiedAt` there is none, and `ok` is false.
     */
    readonly rpo?: { readonly limitMs: number; readonly newestVerifiedAt?: number; readonly ok: boolean; readonly receipt?: string }
    /** The longest going back of the last 90 days against the objective. Without `worstMs` nothing was measured, and `ok` is false: unknown, not missed. */
    readonly rto?: { readonly limitMs: number; readonly worstMs?: number; readonly ok: boolean }
  }
  readonly figures: Figures
}

export interface DeliveryRow {
  readonly id: string
  readonly environment: string
  readonly kind: 'deploy' | 'promote' | 'rollback'
  readonly version: string
  readonly commit: string
  /** What it left; absent when nothing served before. */
  readonly from?: string
  readonly by: string
  readonly begunAt: number
  /** Absent while it is on its way. */
  readonly endedAt?: number
  readonly ok?: boolean
  readonly reason?: string
  readonly run: string
  readonly runUrl: string
}

export interface DeliveryDetail {
  readonly message: string
  readonly plan: readonly string[]
  readonly events: readonly { readonly at: number; readonly text: string; readonly kind: 'doing' | 'verdict' | 'observed' }[]
  /** Weight of the candidate over time. */
  readonly weights: readonly (readonly [at: number, percent: number])[]
  /**
   * Per poll, what came since the poll before: requests, and the shares (0 to 1) of errors and of slow ones. An arm is
   * `null` where there was no data, no poll before or no request; `slow` is `null` where slowness is not measured.
   */
  readonly polls: readonly {
    readonly at: number
    readonly weight: number
    readonly stable: { readonly requests: number; readonly errors: number; readonly slow: number | null } | null
    readonly candidate: { readonly requests: number; readonly errors: number; readonly slow: number | null } | null
  }[]
  readonly verdicts: readonly { readonly at: number; readonly weight: number; readonly decision: string; readonly lean: string; readonly requests: number; readonly errors: number; readonly detail: string }[]
  readonly steps: readonly { readonly name: string; readonly startedAt: number; readonly ms: number }[]
  readonly approvals: readonly { readonly by: string; readonly state: string; readonly comment: string; readonly at: number }[]
  readonly receipt?: { readonly id: string; readonly takenAt: string; readonly bytes: number; readonly verifiedAt?: string; readonly schemaRevision: string }
  readonly notes?: ReleaseNotes
  /** Where the full record is, and its SHA-256. */
  readonly record?: { readonly link: string; readonly sha256: string }
}

/** What changed between the release before and this one. */
export interface ReleaseNotes {
  readonly compareUrl: string
  readonly commits: readonly { readonly sha: string; readonly title: string; readonly author: string; readonly url: string }[]
  /** Of all commits, also of those not listed. */
  readonly total: number
  readonly pullRequests: readonly { readonly number: number; readonly title: string; readonly author: string; readonly url: string }[]
  /** Changed paths that look like database migrations. */
  readonly migrations: readonly string[]
  /** It goes back to older sources. */
  readonly backwards: boolean
}

/** What is counted and how is in `definitions`. */
export interface Figures {
  /** The span that the figures cover (epoch ms); a delivery belongs to it by its end. */
  readonly from: number
  readonly to: number
  /** Finished ones that went forward: `succeeded` + `failed`. */
  readonly deliveries: number
  readonly succeeded: number
  readonly failed: number
  /** Finished rollbacks, not among `deliveries`. */
  readonly rollbacks: number
  /** `succeeded` of `deliveries`. */
  readonly successRate: number | null
  /** Share of `succeeded` that a rollback took back later. */
  readonly rollbackRate: number | null
  /** Median and 95th percentile from begun to ended of those that succeeded. */
  readonly duration: { readonly median: number | null; readonly p95: number | null }
  readonly dora: {
    /** Successful deliveries to production per day. */
    readonly deploymentFrequency: number | null
    /** Median from the commit's (else the request's) time to live. */
    readonly leadTime: number | null
    /** Share of deliveries that went live and were rolled back, or failed in production after users saw them. */
    readonly changeFailureRate: number | null
    /** Median from a failing delivery's begin of harm to the end of going back. */
    readonly timeToRestore: number | null
  }
  /** By week (Monday, UTC), oldest first, without holes; the newest 53 of all that was read, also before `from`. */
  readonly trend: readonly { readonly week: number; readonly deliveries: number; readonly succeeded: number; readonly rollbacks: number; readonly medianMs: number | null }[]
}
