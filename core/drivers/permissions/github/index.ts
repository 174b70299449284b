import { flag, object, optional, record } from '../../../domain/local-control/decode.js'
import type { SeenPermission } from '../../../domain/permissions.js'
import { RemoteError, messageOf } from '../../../errors/families.js'
import type { GitHub } from '../../../ports/github.js'
import type { Permissions } from '../../../ports/permissions.js'
import { probeFor, readableFirst, type Probe } from './probes.js'

export interface Job {
  /** A workflow's job, and not a terminal. */
  readonly onRunner: boolean
  /** GitHub gave it an address for identity tokens (`ACTIONS_ID_TOKEN_REQUEST_URL`). */
  readonly identity: boolean
}

/** What the token may do on a repository. Each question is one that changes nothing. */
export function githubPermissions(github: GitHub, job: Job): Permissions {
  let about: Promise<Token> | undefined
  const token = (): Promise<Token> => (about ??= tokenOf(github))
  return {
    async whose() {
      const { scopes } = await token()
      return `the token${scopes === undefined ? '' : ` (a classic one, with ${scopes.length === 0 ? 'no scope' : scopes.join(', ')})`}, on \`${github.repository}\``
    },
    async look(permissions, environment) {
      const seen: SeenPermission[] = []
      for (const permission of permissions) {
        seen.push(permission === 'id-token: write' ? identityOf(job) : await lookAt(permission, environment, github, await token()))
      }
      return seen
    },
  }
}

interface Token {
  /** Of a classic token; others do not tell. */
  readonly scopes?: readonly string[]
  /** Whoever made it is an admin of the repository. */
  readonly admin: boolean
}

async function tokenOf(github: GitHub): Promise<Token> {
  const { data, headers } = await github.call({ what: 'read the repository', route: 'GET /repos/{owner}/{repo}', permission: 'metadata: read' })
  const scopes = headers['x-oauth-scopes']?.split(',').map((scope) => scope.trim()).filter((scope) => scope !== '')
  let admin = false
  try {
    admin = object<{ readonly permissions: Readonly<Record<string, boolean>> | undefined }>({ permissions: optional(record(flag)) })(data, 'answer').permissions?.['admin'] === true
  } catch {
    // An older server tells it otherwise: then nothing is known of it.
  }
  return { admin, ...(scopes === undefined ? {} : { scopes }) }
}

function identityOf({ onRunner, identity }: Job): SeenPermission {
  const permission = 'id-token: write'
  if (identity) return { permission, presence: 'yes', how: 'the job has an address for identity tokens' }
  return onRunner
    ? { permission, presence: 'no', how: 'the job has no address for identity tokens' }
    : { permission, presence: 'unknown', how: 'there is no job that could have it' }
}

async function lookAt(permission: string, environment: string | undefined, github: GitHub, token: Token): Promise<SeenPermission> {
  const probe = probeFor(permission, environment)
  if (probe === undefined) return { permission, presence: 'unknown', how: permission === 'environments: write' ? 'it can be asked only of an environment: name one' : 'GitHub does not tell it before it is used' }
  const first = readableFirst(permission, environment)
  if (first !== undefined) {
    const readable = await ask(permission, first, github)
    if (readable.presence !== 'yes') return readable
  }
  const seen = await ask(permission, probe, github)
  if (seen.presence !== 'yes' || probe.call.route.startsWith('GET ') || probe.refusals?.includes(404) !== true) return seen
  return trusted(permission, seen, first !== undefined, token)
}

/** A 404 to a change: let through and not there, or hidden. Of a classic token its scopes decide. */
function trusted(permission: string, seen: SeenPermission, readable: boolean, { scopes, admin }: Token): SeenPermission {
  if (scopes !== undefined) {
    const may = scopes.includes('repo') && admin
    return { permission, presence: may ? 'yes' : 'no', how: may ? 'the scope `repo` of an admin' : 'it takes the scope `repo`, of an admin of the repository' }
  }
  return readable ? seen : { permission, presence: 'unknown', how: 'GitHub answers the same to a token that may and one that may not; name an environment that is there' }
}

async function ask(permission: string, { call, refusals = [] }: Probe, github: GitHub): Promise<SeenPermission> {
  const { what } = call
  try {
    await github.call({ ...call, permission })
    return { permission, presence: 'yes', how: `to ${what} was answered` }
  } catch (thrown) {
    if (!(thrown instanceof RemoteError) || thrown.code === 'aborted') throw thrown
    if (refusals.some((status) => status === thrown.status)) return { permission, presence: 'yes', how: `to ${what} was refused only because there is none (${thrown.status})` }
    if (thrown.code === 'github-permission' || thrown.status === 401) return { permission, presence: 'no', how: `to ${what} was not permitted` }
    return { permission, presence: 'unknown', how: messageOf(thrown) }
  }
}
