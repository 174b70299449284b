export interface LoadCounts {
  /** Asked so far. */
  readonly sent: number
  readonly ok: number
  readonly failed: number
  /** What failed: `status 502`, `ECONNREFUSED`, `timeout`, … */
  readonly failures: Readonly<Record<string, number>>
  /** Answers by the header `x-ecluse-version`. */
  readonly versions: Readonly<Record<string, number>>
  /** Failures by the version whose answer they were; `` for no answer. */
  readonly failedVersions: Readonly<Record<string, number>>
  /** Requests that were not sent because too many were waiting. */
  readonly skipped: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export interface LoadOptions {
  readonly url: string
  readonly rps: number
  /** Ends by itself after so long. */
  readonly seconds?: number
  readonly signal?: AbortSignal
  /** Connections that are kept open; default 20. 0: a new one for every request. */
  readonly connections?: number
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  /** Whether an answer is a good one; default: a status below 400. */
  readonly good?: (status: number, version: string) => boolean
  /** Each answer as it comes: the version it names, its status (0: none), when it was asked and how long it took. */
  readonly onAnswer?: (answer: { readonly version: string; readonly status: number; readonly at: number; readonly ms: number }) => void
}

export interface Load {
  /** As of now. */
  counts(): LoadCounts
  /** Stops asking, waits for what is on its way. */
  stop(): Promise<LoadCounts>
  /** Resolves when it has ended by itself, by the signal or by `stop`. */
  readonly done: Promise<LoadCounts>
}

/** Asks one address at a steady rate, as many small clients with kept connections would. */
export function load(options: LoadOptions): Load
