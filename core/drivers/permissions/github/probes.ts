import type { GitHubCall } from '../../../ports/github.js'

/**
 * A call that changes nothing: it reads, or names what is not there, so that GitHub refuses it for that and not for a
 * lacking permission, which it looks at first.
 */
export interface Probe {
  readonly call: Omit<GitHubCall, 'permission'>
  /** Statuses that say it was let through; 2xx always does. */
  readonly refusals?: readonly (404 | 409 | 422)[]
}

const NO_COMMIT = '0'.repeat(40)
/** A branch, an environment, a variable that nobody has. */
const NOTHING = 'ecluse-doctor-asks-for-nothing'

const read = (what: string, route: string, more: Readonly<Record<string, unknown>> = { per_page: 1 }): Probe => ({ call: { what, route: `GET /repos/{owner}/{repo}${route}`, parameters: more } })

/** By permission, as YAML writes it. Those that are not here can not be told before they are used. */
const REPOSITORY: Readonly<Record<string, Probe>> = {
  'metadata: read': read('read the repository', '', {}),
  // 409: there are no commits yet.
  'contents: read': { ...read('read the commits', '/commits'), refusals: [409] },
  'actions: read': read('read the runs', '/actions/runs'),
  'deployments: read': read('read the deployments', '/deployments'),
  // How a commit that is not there is answered depends on the server.
  'statuses: read': { ...read('read the statuses of no commit', '/commits/{ref}/status', { ref: NO_COMMIT }), refusals: [404, 422] },
  'pull-requests: read': read('read the pull requests', '/pulls'),
  'secrets: read': read('read the names of secrets', '/actions/secrets'),
  'contents: write': { call: { what: 'ask for a branch at no commit', route: 'POST /repos/{owner}/{repo}/git/refs', parameters: { ref: `refs/heads/${NOTHING}`, sha: NO_COMMIT }, repeatable: true }, refusals: [422] },
  'deployments: write': {
    call: {
      what: 'ask for a deployment of no commit', route: 'POST /repos/{owner}/{repo}/deployments', repeatable: true,
      parameters: { ref: NO_COMMIT, environment: NOTHING, auto_merge: false, required_contexts: [], description: 'asked for by doctor; can not come about' },
    },
    refusals: [422],
  },
  'statuses: write': { call: { what: 'ask for a status of no commit', route: 'POST /repos/{owner}/{repo}/statuses/{sha}', parameters: { sha: NO_COMMIT, state: 'pending', context: NOTHING }, repeatable: true }, refusals: [422] },
  'administration: write': { call: { what: 'ask for the removal of an environment that is not there', route: 'DELETE /repos/{owner}/{repo}/environments/{environment_name}', parameters: { environment_name: NOTHING } }, refusals: [404] },
}

/** `undefined`: nobody can tell without doing it. */
export function probeFor(permission: string, environment: string | undefined): Probe | undefined {
  if (Object.hasOwn(REPOSITORY, permission)) return REPOSITORY[permission]
  if (permission !== 'environments: write' || environment === undefined) return undefined
  return {
    call: {
      what: `ask for a change of a variable that \`${environment}\` does not have`, route: 'PATCH /repos/{owner}/{repo}/environments/{environment_name}/variables/{name}',
      parameters: { environment_name: environment, name: 'ECLUSE_DOCTOR_ASKS_FOR_NOTHING', value: '' },
    },
    refusals: [404],
  }
}

/** What must be readable before a 404 to a change says that it was let through: GitHub also hides things behind one. */
export function readableFirst(permission: string, environment: string | undefined): Probe | undefined {
  if (environment === undefined) return undefined
  const below = `/environments/{environment_name}`
  if (permission === 'environments: write') return read(`list the variables of \`${environment}\``, `${below}/variables`, { environment_name: environment, per_page: 1 })
  // GitHub asks for the right to administer, for this list too.
  if (permission === 'administration: write') return read(`list the apps that could guard \`${environment}\``, `${below}/deployment_protection_rules/apps`, { environment_name: environment })
  return undefined
}
