/** One thing a smoke test asks of a URL. */
export interface HttpCheck {
  readonly name: string
  readonly method: string
  /** Path below the environment's URL, or an absolute URL. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly expect: Expectations
}

export interface Expectations {
  /** Accepted statuses; empty: any 2xx. */
  readonly status: readonly number[]
  readonly contains: readonly string[]
  /** Dotted path → expected value (compared as text). */
  readonly json: Readonly<Record<string, string>>
  /** Header → expected value; `*` means any. */
  readonly header: Readonly<Record<string, string>>
  readonly withinMs?: number
  /** The TLS certificate must be valid for at least so many days. */
  readonly tlsDays?: number
  /** The body is a health report: `{status: ok|degraded|…, checks: {name: …}}`. */
  readonly health: boolean
}

export interface CheckResult {
  readonly name: string
  readonly state: 'passed' | 'degraded' | 'failed'
  /** What was observed, one line each; empty for a plain pass. */
  readonly findings: readonly string[]
  readonly attempts: number
  readonly elapsedMs: number
}
