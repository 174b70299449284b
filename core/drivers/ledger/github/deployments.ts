import { list as listOf, number, object, text, type Decoder } from '../../../domain/local-control/decode.js'
import { EcluseError, messageOf, StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { GitHub, GitHubAnswer, GitHubCall } from '../../../ports/github.js'
import { parsed, payloadOf, tasks, type DeliveryPayload, type FactPayload, type LeasePayload } from './payload.js'

/** A deployment as the ledger uses it; whose payload it is, is not looked at yet. */
export interface Deployment {
  readonly id: number
  readonly payload: unknown
  readonly sha: string
  /** Server's time (epoch ms). */
  readonly createdAt: number
}

export interface Status {
  readonly id: number
  readonly state: string
  readonly description: string
  readonly logUrl: string
  readonly createdAt: number
}

export interface NewDeployment {
  readonly task: string
  readonly environment: string
  readonly payload: LeasePayload | DeliveryPayload | FactPayload
  readonly description: string
  /** Commit that it is of; the run's own when it is empty, or not in the repository. */
  readonly commit: string
}

export type State = 'in_progress' | 'success' | 'failure' | 'error' | 'inactive' | 'queued'

export interface NewStatus {
  readonly state: State
  readonly description: string
  readonly logUrl?: string
}

/** GitHub's deployments and their statuses, as the ledger asks for them. */
export interface Deployments {
  /** Creates one, once: an answer that was lost is looked for by its nonce. */
  create(made: NewDeployment): Promise<number>
  /** Newest first, at most one page. */
  newest(environment: string, task: string): Promise<readonly Deployment[]>
  /** Newest first, page after page. */
  pages(environment: string, task: string, most: number): AsyncIterable<Deployment>
  /** `undefined` when there is none with this id. */
  one(environment: string, id: number): Promise<Deployment | undefined>
  /** Oldest first. What was once seen is not forgotten when a later answer is an older one. */
  statuses(environment: string, id: number): Promise<readonly Status[]>
  post(environment: string, id: number, status: NewStatus): Promise<void>
  /** Deletes it; one that is gone already is fine. `inactive`: it is so already, as a rule. */
  remove(environment: string, id: number, known?: { readonly inactive: boolean }): Promise<void>
}

const READ = 'deployments: read'
const WRITE = 'deployments: write'
/** As many as GitHub gives at once. */
const PAGE = 100

const orEmpty: Decoder<string> = (value, at) => (value === null || value === undefined ? '' : text(value, at))
const content: Decoder<unknown> = (value) => parsed(value)
const time: Decoder<number> = (value, at) => Date.parse(text(value, at))
const given = object<{ id: number; payload: unknown; sha: string; created_at: number }>({ id: number, payload: content, sha: text, created_at: time })
const deployment: Decoder<Deployment> = (value, at) => {
  const { id, payload, sha, created_at: createdAt } = given(value, at)
  return { id, payload, sha, createdAt }
}
const givenStatus = object<{ id: number; state: string; description: string; log_url: string; created_at: number }>({ id: number, state: text, description: orEmpty, log_url: orEmpty, created_at: time })

export function deployments(github: GitHub, ambient: Pick<Ambient, 'clock' | 'github' | 'signal'>): Deployments {
  const { create } = creation(github, ambient)
  const { newest, pages, one, statuses } = reading(github)
  return {
    newest, pages, one, statuses,
    create: (made) => create(made, newest),
    async post(environment, id, status) {
      await github.call(statusCall(environment, id, status))
    },
    async remove(environment, id, { inactive } = { inactive: false }) {
      const deleted = { what: `delete deployment ${id} of \`${environment}\``, route: 'DELETE /repos/{owner}/{repo}/deployments/{deployment_id}', parameters: { deployment_id: id }, permission: WRITE }
      if (inactive && (await github.call({ ...deleted, accept: [404, 422] })).status !== 422) return
      // GitHub deletes what is not active, and takes what has no status for active. Others may be at the same.
      const { status } = await github.call({ ...statusCall(environment, id, { state: 'inactive', description: 'e1 0 gone | not needed any more' }), accept: [404] })
      if (status === 404) return
      await github.call({ ...deleted, accept: [404] })
    },
  }
}

function reading(github: GitHub): Pick<Deployments, 'newest' | 'pages' | 'one' | 'statuses'> {
  const seen = new Map<number, Map<number, Status>>()
  const listing = (environment: string, task: string): GitHubCall => ({
    what: `list the deployments of \`${environment}\``, route: 'GET /repos/{owner}/{repo}/deployments', parameters: { environment, task, per_page: PAGE }, permission: READ,
  })
  return {
    async newest(environment, task) {
      return decoded(listOf(deployment), (await github.look(listing(environment, task))).data, environment)
    },
    async *pages(environment, task, most) {
      for await (const item of github.list(listing(environment, task), { most, perPage: PAGE })) yield decoded(deployment, item, environment)
    },
    async one(environment, id) {
      const answer = await github.look({ what: `read deployment ${id} of \`${environment}\``, route: 'GET /repos/{owner}/{repo}/deployments/{deployment_id}', parameters: { deployment_id: id }, permission: READ, accept: [404] })
      return answer.status === 404 ? undefined : decoded(deployment, answer.data, environment)
    },
    async statuses(environment, id) {
      const known = seen.get(id) ?? new Map<number, Status>()
      seen.set(id, known)
      const answer = await github.look({ what: `read the statuses of deployment ${id} of \`${environment}\``, route: 'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', parameters: { deployment_id: id, per_page: PAGE }, permission: READ, accept: [404] })
      if (answer.status !== 404) {
        for (const one of decoded(listOf(givenStatus), answer.data, environment)) known.set(one.id, { id: one.id, state: one.state, description: one.description, logUrl: one.log_url, createdAt: one.created_at })
      }
      return [...known.values()].toSorted((a, b) => a.id - b.id)
    },
  }
}

type Newest = Deployments['newest']

function creation(github: GitHub, { clock, signal, github: access }: Pick<Ambient, 'clock' | 'github' | 'signal'>): { readonly create: (made: NewDeployment, newest: Newest) => Promise<number> } {
  let usualRef: Promise<string> | undefined
  const refOfRun = (): Promise<string> => (usualRef ??= access?.sha === undefined ? defaultBranch(github) : Promise.resolve(access.sha))
  /** A deployment whose creation was not answered; looked for twice, since reads may lag behind writes. */
  const arrived = async ({ environment, task, payload: { nonce } }: NewDeployment, newest: Newest): Promise<number | undefined> => {
    for (const waitMs of [1000, 3000]) {
      await clock.sleep(waitMs, signal)
      const found = (await newest(environment, task)).findLast((one) => nonceOf(one.payload) === nonce)
      if (found !== undefined) return found.id
    }
    return undefined
  }
  /** `undefined` when the repository has no such ref. */
  const createAt = async (ref: string, made: NewDeployment, newest: Newest): Promise<number | undefined> => {
    const call = creationCall(ref, made)
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await github.call(call)
        if (answer.status === 201) return decoded(deployment, answer.data, made.environment).id
        if (answer.status === 422 && refUnknown(answer)) return undefined
        throw new StateError('github-refused', { message: `GitHub would not ${call.what}: ${answer.status} ${saying(answer)}.` })
      } catch (fault) {
        if (!maybeArrived(fault) || attempt === 3) throw fault
        const found = await arrived(made, newest)
        if (found !== undefined) return found
      }
    }
  }
  return {
    async create(made, newest) {
      const tries = made.commit === '' ? [await refOfRun()] : [made.commit, await refOfRun()]
      for (const ref of new Set(tries)) {
        const id = await createAt(ref, made, newest)
        if (id !== undefined) return id
      }
      throw new StateError('github-refused', {
        message: `Could not record the deployment in \`${made.environment}\`: neither ${tries.join(' nor ')} is a commit or branch of \`${github.repository}\`.`,
        fix: 'Name a commit of this repository with the input `commit`.',
      })
    },
  }
}

function creationCall(ref: string, made: NewDeployment): GitHubCall {
  const { task, environment, payload, description } = made
  return {
    what: `record ${description} in \`${environment}\``, route: 'POST /repos/{owner}/{repo}/deployments', permission: WRITE, accept: [409, 422],
    parameters: {
      ref, task, environment, auto_merge: false, required_contexts: [], payload: payloadOf(payload), description: description.slice(0, 140),
      ...(task === tasks.delivery ? {} : { transient_environment: true, production_environment: false }),
    },
  }
}

function statusCall(environment: string, id: number, { state, description, logUrl }: NewStatus): GitHubCall {
  const link = logUrl !== undefined && /^https?:/.test(logUrl) ? { log_url: logUrl } : {}
  return {
    what: `add status \`${state}\` to deployment ${id} of \`${environment}\``, route: 'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
    // Readers take the same description twice for one, so that a lost answer may be asked for again.
    parameters: { deployment_id: id, state, description, auto_inactive: false, ...link }, permission: WRITE, repeatable: true,
  }
}

export function nonceOf(found: unknown): string | undefined {
  return typeof found === 'object' && found !== null && 'nonce' in found && typeof found.nonce === 'string' ? found.nonce : undefined
}

async function defaultBranch(github: GitHub): Promise<string> {
  const { data } = await github.call({ what: `read \`${github.repository}\``, route: 'GET /repos/{owner}/{repo}', permission: 'metadata: read' })
  return decoded(object<{ default_branch: string }>({ default_branch: text }), data, github.repository).default_branch
}

function refUnknown({ data }: GitHubAnswer): boolean {
  return /no ref found|ref not found|unknown ref/i.test(JSON.stringify(data) ?? '')
}

function saying({ data }: GitHubAnswer): string {
  return typeof data === 'object' && data !== null && 'message' in data ? String(data.message) : ''
}

function maybeArrived(fault: unknown): boolean {
  return fault instanceof EcluseError && ['network-failed', 'network-timeout', 'github-failed'].includes(fault.code)
}

function decoded<T>(decode: Decoder<T>, data: unknown, where: string): T {
  try {
    return decode(data, 'answer')
  } catch (thrown) {
    throw corrupt(where, messageOf(thrown))
  }
}

export function corrupt(environment: string, fact: string): StateError {
  return new StateError('ledger-corrupt', {
    message: `Could not read the deployments of \`${environment}\` on GitHub: ${fact}.`,
    fix: 'Use the version of Ecluse that wrote it, or delete that deployment; nothing was changed.',
  })
}
