import type { StoredSecret } from '../../../domain/secret-policy.js'
import { RemoteError } from '../../../errors/families.js'
import type { GitHub, GitHubCall } from '../../../ports/github.js'
import type { Secrets } from '../../../ports/secrets.js'
import { sealed } from './seal.js'
import { decoded, itemsOf, keyWire, secretWire } from './wire.js'

export { githubMarks } from './marks.js'

/** GitHub's own limits: 100 of an environment, 100 of a repository, 1000 of an organization. */
const MOST = 1000
const NONE = [404]

/** The repository's and the organization's are only looked at, and a token that may not is no reason to give up. */
const READ = 'secrets: read'
const MANAGE = 'environments: write'

/** Secrets of a repository's environments. A value leaves this machine sealed, in the body of a request. */
export function githubSecrets(github: GitHub): Secrets {
  return {
    async list(environment) {
      const own = await all(github, 'environment', { what: `list the secrets of \`${environment}\``, route: 'GET /repos/{owner}/{repo}/environments/{environment_name}/secrets', parameters: { environment_name: environment }, permission: 'environments: read' })
      const repository = await ifAllowed(all(github, 'repository', { what: 'list the secrets of the repository', route: 'GET /repos/{owner}/{repo}/actions/secrets', permission: READ }))
      return [...own, ...repository]
    },
    async updatedAt(environment, name) {
      const what = `look up the secret \`${name}\` of \`${environment}\``
      const { status, data } = await github.call({ ...one('GET', environment, name, what), permission: 'environments: read', accept: NONE })
      return status === 404 ? undefined : Date.parse(decoded(secretWire, data, what).updated_at)
    },
    async set(environment, name, value) {
      try {
        await put(github, environment, name, value)
      } catch (thrown) {
        // The key that it was sealed for is not GitHub's any more.
        if (!(thrown instanceof RemoteError) || thrown.status !== 422) throw thrown
        await put(github, environment, name, value)
      }
    },
    async remove(environment, name) {
      await github.call({ ...one('DELETE', environment, name, `remove the secret \`${name}\` of \`${environment}\``), permission: MANAGE, accept: NONE })
    },
  }
}

async function put(github: GitHub, environment: string, name: string, value: string): Promise<void> {
  const what = `fetch the public key of \`${environment}\``
  const { data } = await github.call({ what, route: 'GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key', parameters: { environment_name: environment }, permission: 'environments: read' })
  const { key, key_id } = decoded(keyWire, data, what)
  const call = one('PUT', environment, name, `set the secret \`${name}\` of \`${environment}\``)
  await github.call({ ...call, parameters: { ...call.parameters, encrypted_value: await sealed(value, key), key_id }, permission: MANAGE })
}

function one(method: 'GET' | 'PUT' | 'DELETE', environment: string, name: string, what: string): Pick<GitHubCall, 'what' | 'route' | 'parameters'> {
  return { what, route: `${method} /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}`, parameters: { environment_name: environment, secret_name: name } }
}

async function all(github: GitHub, scope: StoredSecret['scope'], call: GitHubCall): Promise<readonly StoredSecret[]> {
  const found: StoredSecret[] = []
  for await (const item of github.list(call, { most: MOST, items: itemsOf('secrets') })) {
    const { name, updated_at } = decoded(secretWire, item, call.what)
    found.push({ name, scope, updatedAt: Date.parse(updated_at) })
  }
  return found
}

async function ifAllowed<T>(asked: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await asked
  } catch (thrown) {
    if (thrown instanceof RemoteError && (thrown.code === 'github-permission' || thrown.code === 'github-missing')) return []
    throw thrown
  }
}
