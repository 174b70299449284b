import type { Octokit } from '@octokit/rest'
import type { Ambient } from '../../../ports/ambient.js'
import type { GitHubAccess } from '../../../ports/github.js'
import type { Answer } from '../../../ports/http.js'
import type { RemoteError } from '../../../errors/families.js'

/** A page of 100 deployments with their payloads is larger than what an answer may usually be. */
const LARGEST_ANSWER = 64 * 1024 * 1024
/** Of answers that have no body. */
const EMPTY = new Set([204, 205, 304])

export interface Sending {
  readonly what: string
  readonly timeoutMs: number
  /** Why no answer came; told beside the client, which would wrap it. */
  fault?: RemoteError
}

/**
 * The library builds requests and reads answers; it opens no connection of its own and waits for nothing. Its plugins for
 * repeating and throttling are left out: they wait by timers of their own, which neither the run's signal nor a limit ends.
 */
export async function createClient(access: GitHubAccess, ambient: Ambient): Promise<Octokit> {
  const { Octokit } = await import('@octokit/rest')
  const quiet = (): void => undefined
  return new Octokit({
    auth: access.token, baseUrl: access.api, userAgent: 'ecluse',
    log: { debug: quiet, info: quiet, warn: (text: string) => ambient.log.debug(text), error: quiet },
  })
}

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** How the library reaches the network: through the surroundings, whose limits, signal and masks hold. */
export function reaching(http: Ambient['http'], sending: Sending): (url: string, asked: Asked) => Promise<Response> {
  return async (url, { method = 'GET', headers = {}, body }) => {
    const answer = await http.request({
      what: sending.what, method, url, headers, timeoutMs: sending.timeoutMs, maxBytes: LARGEST_ANSWER,
      // A write is never sent to another place than the one it was meant for.
      follow: method === 'GET',
      ...(body === undefined ? {} : { body }),
    })
    return responseOf(answer)
  }
}

function responseOf({ status, headers, body }: Answer): Response {
  return new Response(EMPTY.has(status) ? null : body, { status, headers: { ...headers } })
}
