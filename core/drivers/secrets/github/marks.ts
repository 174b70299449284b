import { markName, readMark, writtenMark, type RotationMark } from '../../../domain/rotation.js'
import { RemoteError } from '../../../errors/families.js'
import type { GitHub, GitHubCall } from '../../../ports/github.js'
import type { RotationMarks } from '../../../ports/secrets.js'
import { decoded, itemsOf, runWire, variableWire } from './wire.js'

const BASE = '/repos/{owner}/{repo}/environments/{environment_name}/variables'
const MOST = 200
const MANAGE = 'environments: write'

/** Marks of rotations, as variables of the environment: GitHub creates one of several at the same time, which makes them a lock. */
export function githubMarks(github: GitHub): RotationMarks {
  const read: RotationMarks['read'] = async (environment, secret) => {
    const what = `read how far the rotation of \`${secret}\` is`
    const { status, data } = await github.call({ ...at('GET', environment, secret, what), permission: 'environments: read', accept: [404] })
    return status === 404 ? undefined : understood(decoded(variableWire, data, what).value)
  }
  return {
    read,
    async marked(environment) {
      const what = `list the variables of \`${environment}\``
      const call = { what, route: `GET ${BASE}`, parameters: { environment_name: environment }, permission: 'environments: read' }
      const prefix = markName('')
      const found: string[] = []
      for await (const item of github.list(call, { most: MOST, items: itemsOf('variables') })) {
        const { name } = decoded(variableWire, item, what)
        if (name.startsWith(prefix)) found.push(name.slice(prefix.length))
      }
      return found
    },
    async claim(environment, secret, mark) {
      const what = `record that \`${secret}\` of \`${environment}\` is being rotated`
      const parameters = { environment_name: environment, name: markName(secret), value: writtenMark(mark) }
      const call: GitHubCall = { what, route: `POST ${BASE}`, parameters, permission: MANAGE, accept: [409], repeatable: false }
      const first = await sent(github, call)
      if (first !== undefined && first !== 409) return true
      // Whether the answer or only the question was lost is seen by looking; sent again, it could meet itself.
      const there = await read(environment, secret)
      if (there === undefined && first === undefined) return (await github.call(call)).status !== 409
      return there !== undefined && there !== 'unreadable' && writtenMark(there) === writtenMark(mark)
    },
    async advance(environment, secret, mark) {
      const call = at('PATCH', environment, secret, `record how far the rotation of \`${secret}\` is`)
      await github.call({ ...call, parameters: { ...call.parameters, value: writtenMark(mark) }, permission: MANAGE })
    },
    async clear(environment, secret) {
      await github.call({ ...at('DELETE', environment, secret, `record that the rotation of \`${secret}\` has ended`), permission: MANAGE, accept: [404] })
    },
    async lives(run) {
      if (!/^\d+$/.test(run)) return undefined
      const what = `ask whether run ${run} goes on`
      try {
        const { status, data } = await github.call({ what, route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}', parameters: { run_id: Number(run) }, permission: 'actions: read', accept: [404] })
        return status === 404 ? undefined : decoded(runWire, data, what).status !== 'completed'
      } catch (thrown) {
        if (thrown instanceof RemoteError && thrown.code === 'github-permission') return undefined
        throw thrown
      }
    },
  }
}

/** The status; `undefined` when no answer came, so that nobody knows whether it arrived. */
async function sent(github: GitHub, call: GitHubCall): Promise<number | undefined> {
  try {
    return (await github.call(call)).status
  } catch (thrown) {
    if (thrown instanceof RemoteError && (thrown.code === 'network-failed' || thrown.code === 'network-timeout')) return undefined
    throw thrown
  }
}

function at(method: 'GET' | 'PATCH' | 'DELETE', environment: string, secret: string, what: string): Pick<GitHubCall, 'what' | 'route' | 'parameters'> {
  return { what, route: `${method} ${BASE}/{name}`, parameters: { environment_name: environment, name: markName(secret) } }
}

function understood(value: string): RotationMark | 'unreadable' {
  try {
    return readMark(value)
  } catch {
    return 'unreadable'
  }
}
