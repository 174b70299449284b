import { list, number, object, oneOf, optional, text, type Decoder } from '../../../domain/local-control/decode.js'
import type { Approval, Commit, CommitStatus, Comparison, PullRequest, WaitingRun } from '../../../ports/repository.js'

/** GitHub writes `null` where it has nothing. */
const nullable = <T>(item: Decoder<T>): Decoder<T | undefined> => (value, at) => (value === null || value === undefined ? undefined : item(value, at))

const time: Decoder<number> = (value, at) => {
  const found = Date.parse(text(value, at))
  if (Number.isNaN(found)) throw new TypeError(`\`${at}\` should be a time and is "${String(value)}"`)
  return found
}

const person = object<{ login: string }>({ login: text })

interface RawCommit {
  readonly sha: string
  readonly html_url: string
  readonly author?: { readonly login: string }
  readonly commit: { readonly message: string; readonly author?: { readonly name?: string; readonly date?: string }; readonly committer?: { readonly date?: string } }
}

const dated = object<{ name?: string; date?: string }>({ name: optional(text), date: optional(text) })
const rawCommit = object<RawCommit>({
  sha: text, html_url: text, author: nullable(optionalPerson), commit: object<RawCommit['commit']>({ message: text, author: nullable(dated), committer: nullable(dated) }),
})

/** An account that is gone is an empty object. */
function optionalPerson(value: unknown, at: string): { login: string } | undefined {
  return typeof value === 'object' && value !== null && 'login' in value ? person(value, at) : undefined
}

const commit: Decoder<Commit> = (value, at) => {
  const { sha, html_url: url, author, commit: inner } = rawCommit(value, at)
  return {
    sha, url, title: inner.message.split('\n')[0] ?? '', author: author?.login ?? inner.author?.name ?? 'unknown',
    at: Date.parse(inner.committer?.date ?? inner.author?.date ?? '') || 0,
  }
}

interface RawComparison {
  readonly html_url: string
  readonly status: Comparison['relation']
  readonly total_commits: number
  readonly behind_by: number
  readonly commits: readonly Commit[]
  readonly files?: readonly { readonly filename: string; readonly status: string }[]
}

export const decodeComparison = object<RawComparison>({
  html_url: text, status: oneOf('ahead', 'behind', 'diverged', 'identical'), total_commits: number, behind_by: number, commits: list(commit),
  files: optional(list(object<{ filename: string; status: string }>({ filename: text, status: text }))),
})

interface RawPull {
  readonly number: number
  readonly title: string
  readonly html_url: string
  readonly user?: { readonly login: string }
  readonly labels: readonly (string | { readonly name?: string })[]
  readonly merged_at?: string
}

const label: Decoder<string | { name?: string }> = (value, at) => (typeof value === 'string' ? value : object<{ name?: string }>({ name: nullable(text) })(value, at))
const rawPull = object<RawPull>({ number, title: text, html_url: text, user: nullable(person), labels: list(label), merged_at: nullable(text) })

/** With whether it was merged: one that was only opened with a commit has not brought it. */
export const decodePull: Decoder<PullRequest & { readonly merged: boolean }> = (value, at) => {
  const found = rawPull(value, at)
  const labels = found.labels.flatMap((one) => (typeof one === 'string' ? [one] : one.name === undefined ? [] : [one.name]))
  return { number: found.number, title: found.title, url: found.html_url, author: found.user?.login ?? 'unknown', labels, merged: found.merged_at !== undefined }
}

export const decodePulls = list(decodePull)

interface RawApproval {
  readonly state: string
  readonly comment: string
  readonly user: { readonly login: string }
  readonly environments: readonly { readonly name: string }[]
}

const rawApprovals = list(object<RawApproval>({ state: text, comment: text, user: person, environments: list(object<{ name: string }>({ name: text })) }))

export const decodeApprovals: Decoder<readonly Approval[]> = (value, at) =>
  rawApprovals(value, at).flatMap(({ state, comment, user, environments }) =>
    (state === 'approved' || state === 'rejected' ? [{ by: user.login, state, comment, environments: environments.map(({ name }) => name) }] : []))

interface RawStatus {
  readonly context: string
  readonly state: CommitStatus['state']
  readonly description?: string
  readonly target_url?: string
  readonly updated_at: number
}

const rawStatuses = object<{ statuses: readonly RawStatus[] }>({
  statuses: list(object<RawStatus>({ context: text, state: oneOf('error', 'failure', 'pending', 'success'), description: nullable(text), target_url: nullable(text), updated_at: time })),
})

export const decodeStatuses: Decoder<readonly CommitStatus[]> = (value, at) =>
  rawStatuses(value, at).statuses.map(({ context, state, description = '', target_url: url, updated_at }) => ({ context, state, description, at: updated_at, ...(url === undefined ? {} : { url }) }))

export interface RawRun {
  readonly id: number
  readonly run_number: number
  readonly display_title: string
  readonly status?: string
  readonly created_at: number
  readonly html_url: string
  readonly triggering_actor?: { readonly login: string }
  readonly actor?: { readonly login: string }
}

const rawRuns = object<{ total_count: number; workflow_runs: readonly RawRun[] }>({
  total_count: number,
  workflow_runs: list(object<RawRun>({
    id: number, run_number: number, display_title: text, status: nullable(text), created_at: time, html_url: text, triggering_actor: nullable(person), actor: nullable(person),
  })),
})

export const decodeRuns: Decoder<{ readonly total: number; readonly runs: readonly RawRun[] }> = (value, at) => {
  const { total_count: total, workflow_runs: runs } = rawRuns(value, at)
  return { total, runs }
}

export const decodePending: Decoder<readonly string[]> = (value, at) =>
  list(object<{ environment: { readonly name?: string } }>({ environment: object<{ name?: string }>({ name: optional(text) }) }))(value, at).flatMap(({ environment }) => (environment.name === undefined ? [] : [environment.name]))

export interface RawJob {
  readonly name: string
  readonly status: string
}

export const decodeJobs: Decoder<readonly RawJob[]> = (value, at) => object<{ jobs: readonly RawJob[] }>({ jobs: list(object<RawJob>({ name: text, status: text })) })(value, at).jobs

export function waitingRun(run: RawRun, state: WaitingRun['state']): WaitingRun {
  return {
    id: String(run.id), number: run.run_number, title: run.display_title, actor: run.triggering_actor?.login ?? run.actor?.login ?? 'unknown', state, createdAt: run.created_at, url: run.html_url,
  }
}

