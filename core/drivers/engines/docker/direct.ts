import type { Ambient } from '../../../ports/ambient.js'
import type { Answer } from '../../../ports/http.js'
import { inherited } from './environment.js'

/** A host that is well answers in milliseconds; who waits longer hears from `docker` why. */
const ASK_MS = 5000
const CONTEXT_MS = 10_000
/** Far more than any state of ours. */
const LARGEST = 64 * 1024 * 1024

export interface Question {
  /** What we are doing, for the log. */
  readonly what: string
  readonly method?: 'GET' | 'PUT'
  /** Of the Engine API, with its query. */
  readonly path: string
  /** An archive. */
  readonly body?: string
}

/**
 * The engine's own interface, over its socket. To start `docker` costs a tenth of a second of a processor, which the users of a
 * small host feel; this takes a few milliseconds. It is for what is asked many times in a delivery. `undefined`: nothing that can
 * be used came of it, and `docker` is to do the same: it knows every way to an engine, and says what is wrong.
 */
export async function ask(socket: string, { what, method = 'GET', path, body }: Question, { http, log }: Ambient): Promise<Answer | undefined> {
  const content = body === undefined ? {} : { body, headers: { 'content-type': 'application/x-tar' } }
  try {
    return await http.request({ what, method, url: `http://docker${path}`, socketPath: socket, timeoutMs: ASK_MS, maxBytes: LARGEST, ...content })
  } catch (thrown) {
    log.debug(`Left to \`docker\`: ${String(thrown)}`)
    return undefined
  }
}

/** By run: it does not move meanwhile. */
const sockets = new WeakMap<Ambient['run'], Promise<string | undefined>>()

/** The socket that `docker` itself would use here, by its variables and contexts; `undefined` when it speaks otherwise. */
export function ownSocket({ process, run }: Ambient): Promise<string | undefined> {
  const known = sockets.get(run)
  if (known !== undefined) return known
  const argv = ['docker', 'context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'] as const
  const found = process.run({ what: 'ask where the Docker Engine is', argv, inherit: inherited(), timeoutMs: CONTEXT_MS }).then(
    ({ stdout }) => /^unix:\/\/(\/.+)$/.exec(stdout.trim())?.[1],
    () => undefined,
  )
  sockets.set(run, found)
  return found
}
