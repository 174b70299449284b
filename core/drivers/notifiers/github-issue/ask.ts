import type { Decoder } from '../../../domain/local-control/decode.js'
import { messageOf, RemoteError } from '../../../errors/families.js'
import type { GitHub, GitHubCall } from '../../../ports/github.js'

/** One question about issues. `undefined`: what it asks about is gone. */
export type Ask = <T>(call: Pick<GitHubCall, 'what' | 'route' | 'parameters'>, decode: Decoder<T>) => Promise<T | undefined>

/** Deleted, moved to another repository, or never there. */
const GONE = [301, 404, 410]
/** What may be otherwise in a minute. */
const PASSING: readonly string[] = ['github-limited', 'github-failed', 'network-failed', 'network-timeout']

/** Questions that are never repeated: whoever tells does that. */
export function askingFor(github: GitHub, timeoutMs: number): { readonly ask: Ask; readonly list: <T>(call: Pick<GitHubCall, 'what' | 'route' | 'parameters'>, decode: Decoder<T>, most: number) => AsyncIterable<T> } {
  const bounds = { timeoutMs, repeatable: false }
  return {
    async ask(call, decode) {
      const numbered = call.route.includes('{issue_number}')
      const permission = call.route.startsWith('GET') ? 'issues: read' : 'issues: write'
      return faultsOf(call.what, async () => {
        const { status, data } = await github.call({ ...bounds, ...call, permission, ...(numbered ? { accept: GONE } : {}) })
        return numbered && GONE.includes(status) ? undefined : decode(data, 'answer')
      })
    },
    async *list(call, decode, most) {
      const items = github.list({ ...bounds, ...call, permission: 'issues: read' }, { most })[Symbol.asyncIterator]()
      for (;;) {
        const found = await faultsOf(call.what, async () => {
          const next = await items.next()
          return next.done === true ? undefined : { item: decode(next.value, 'answer') }
        })
        if (found === undefined) return
        yield found.item
      }
    },
  }
}

/** Faults of GitHub as those of a channel; their words, which name the permission that is missing, stay. */
async function faultsOf<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof TypeError) throw new RemoteError('channel-unreachable', { service: 'GitHub', operation, message: `Could not ${operation}: GitHub answered with what is no answer of it: ${messageOf(thrown)}.` })
    if (!(thrown instanceof RemoteError) || thrown.code === 'aborted') throw thrown
    const { service, status, retryAfterMs, fix, code, message } = thrown
    throw new RemoteError(PASSING.includes(code) ? 'channel-unreachable' : 'channel-refused', {
      message, fix, service, operation, ...(status === undefined ? {} : { status }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }
}
