import { EcluseError, RemoteError } from '../../../errors/families.js'
import type { GitHub } from '../../../ports/github.js'
import type { Approval, CommitStatus, Repository } from '../../../ports/repository.js'
import { compare } from './compare.js'
import { decodeApprovals, decodeStatuses } from './decode.js'
import { pullRequests } from './pull-requests.js'
import { waiting } from './waiting.js'

const DESCRIPTION_CHARACTERS = 140

/** The repository as GitHub knows it. */
export function githubRepository(github: GitHub): Repository {
  return {
    compare: (base, head) => compare(github, base, head),
    pullRequests: (commits, most) => pullRequests(github, commits, most),
    approvals: (run) => unlessForbidden(() => approvals(github, run)),
    status: (commit, context) => status(github, commit, context),
    setStatus: (commit, wanted) => setStatus(github, commit, wanted),
    waiting: (environment, own) => unlessForbidden(() => waiting(github, environment, own)),
  }
}

/** `undefined` for what the token may not see: whoever asked says so in its own words. */
async function unlessForbidden<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (fault) {
    if (fault instanceof EcluseError && (fault.code === 'github-permission' || fault.code === 'github-missing')) return undefined
    throw fault
  }
}

async function approvals(github: GitHub, run: string): Promise<readonly Approval[]> {
  const { data } = await github.call({
    what: `read who approved run ${run}`, route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals', parameters: { run_id: Number(run) }, permission: 'actions: read',
  })
  return decodeApprovals(data, 'approvals')
}

async function status(github: GitHub, commit: string, context: string): Promise<CommitStatus | undefined> {
  // Looked at again and again while a result is pending. 422 is how an id that is no commit is answered.
  const found = await github.look({
    what: `read the status \`${context}\` of commit ${commit}`, route: 'GET /repos/{owner}/{repo}/commits/{ref}/status', parameters: { ref: commit, per_page: 100 }, permission: 'statuses: read', accept: [404, 422],
  })
  if (found.status >= 400) return undefined
  return decodeStatuses(found.data, 'status').find((one) => one.context === context)
}

async function setStatus(github: GitHub, commit: string, { context, state, description, url }: CommitStatus): Promise<void> {
  const what = `set the status \`${context}\` of commit ${commit}`
  const answer = await github.call({
    what, route: 'POST /repos/{owner}/{repo}/statuses/{sha}', permission: 'statuses: write',
    parameters: { sha: commit, state, context, description: cut(description), ...(url === undefined ? {} : { target_url: url }) },
    // The newest counts: the same twice is the same.
    repeatable: true,
    accept: [422],
  })
  if (answer.status !== 422) return
  const { data } = answer
  const said = typeof data === 'object' && data !== null && 'message' in data ? String(data.message) : ''
  const unknown = /no commit/i.test(said)
  throw new RemoteError('github-refused', {
    service: 'GitHub', operation: what, status: answer.status, message: `Could not ${what}: GitHub answered 422: "${said.slice(0, 200)}".`,
    ...(unknown ? { fix: 'Push the commit first, or run with `record: false`.' } : {}),
  })
}

function cut(text: string): string {
  const characters = Array.from(text)
  return characters.length <= DESCRIPTION_CHARACTERS ? text : `${characters.slice(0, DESCRIPTION_CHARACTERS - 1).join('')}…`
}
