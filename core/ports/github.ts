/** Where a repository's API is, and with what right it is asked. */
export interface GitHubAccess {
  /** Of the API, without a slash at its end: `GITHUB_API_URL`. */
  readonly api: string
  /** Of the pages for people: `GITHUB_SERVER_URL`. */
  readonly server: string
  /** `owner/name`. */
  readonly repository: string
  /** Secret. Empty: nobody gave one. */
  readonly token: string
  /** Commit and ref of the run, where there is a run. */
  readonly sha?: string
  readonly ref?: string
  /** The machine belongs to GitHub (`RUNNER_ENVIRONMENT=github-hosted`). */
  readonly hosted: boolean
}

export interface GitHubCall {
  /** What we are doing, to which object, for messages: "list the deployments of `production`". */
  readonly what: string
  /** Method and path as the API's description writes them: `GET /repos/{owner}/{repo}/deployments`. */
  readonly route: string
  /** Of path, query and body; `owner` and `repo` are filled in. */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** The permission that it needs, as YAML writes it: `deployments: write`. Named in the error when it is missing. */
  readonly permission: string
  /** Statuses beside 2xx that are an answer and no fault, such as 404 where something may be absent. */
  readonly accept?: readonly number[]
  /**
   * May be sent again when nobody knows whether it arrived. Default: true for GET, PUT, PATCH and DELETE. A POST that
   * may not is never repeated after it may have been carried out: it rejects with `network-failed` or `network-timeout`.
   */
  readonly repeatable?: boolean
  /** Default 15 s. */
  readonly timeoutMs?: number
}

export interface GitHubAnswer {
  readonly status: number
  /** Parsed JSON, not checked yet: its caller decodes it. `undefined` where there is no body. */
  readonly data: unknown
  readonly headers: Readonly<Record<string, string>>
}

/**
 * GitHub's REST API for one repository. Every call has a time limit, honours `Retry-After`, primary and secondary rate
 * limits within bounds, and ends with the surroundings' signal. Rejects with `RemoteError`: `github-permission` (names
 * the permission and the YAML to add), `github-missing` (404), `github-refused` (other 4xx), `github-limited`
 * (no allowance left for longer than we wait), `github-failed` (5xx to the end), `network-failed`, `network-timeout`,
 * `aborted`.
 */
export interface GitHub {
  /** `owner/name`. */
  readonly repository: string
  call(call: GitHubCall): Promise<GitHubAnswer>
  /**
   * A GET whose last answer is kept: asked again it is sent with its ETag, and an unchanged one (304, which costs
   * nothing of the rate limit) is answered from memory.
   */
  look(call: GitHubCall): Promise<GitHubAnswer>
  /** Items of a list, page after page (100 each), at most so many. `items` takes them out of a page that is an object, such as `{ secrets: [] }`. */
  list(call: GitHubCall, options: { readonly most: number; readonly perPage?: number; readonly items?: (page: unknown) => readonly unknown[] }): AsyncIterable<unknown>
  /** The server's time (epoch ms), by the `Date` of its newest answer and our clock since; our own clock before there was one. */
  now(): number
}
