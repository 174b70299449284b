import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import type { Upstream } from './upstream.js'
import { isRepeatable } from './repeat.js'

/** One request on its way through the proxy. */
export interface Passage {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly repeatable: boolean
  /** It is counted for nobody and moves to no other arm. */
  readonly looking: boolean
  upstream: Upstream
  startedAt: number
  leave: () => void
  outgoing?: ClientRequest
  /** It was asked again on a fresh connection, or of another arm; each at most once. */
  refreshed: boolean
  moved: boolean
  /** The upstream ended before its answer was complete. */
  broken: boolean
}

export function newPassage(request: IncomingMessage, response: ServerResponse, upstream: Upstream, looking = false): Passage {
  const passage: Passage = {
    request, response, upstream, looking, repeatable: isRepeatable(request), startedAt: 0,
    leave: () => undefined, refreshed: false, moved: false, broken: false,
  }
  enter(passage, upstream)
  response.once('close', () => finish(passage))
  return passage
}

/** From now on this arm is the one that answers, or fails to. */
export function enter(passage: Passage, upstream: Upstream): void {
  passage.leave()
  passage.upstream = upstream
  passage.startedAt = performance.now()
  passage.leave = upstream.enter(() => passage.response.destroy())
}

/** The arm did not answer and another one is asked: a failed request of this one all the same. */
export function moveTo(passage: Passage, other: Upstream): void {
  passage.moved = true
  passage.upstream.counters.count('failed', performance.now() - passage.startedAt)
  passage.upstream.counters.countRetry()
  enter(passage, other)
}

function finish(passage: Passage): void {
  const { upstream, startedAt } = passage
  passage.leave()
  if (!passage.looking) upstream.counters.count(endOf(passage), performance.now() - startedAt)
}

function endOf({ broken, response }: Passage): 'answered' | 'failed' | 'aborted' {
  if (broken) return 'failed'
  if (!response.writableFinished) return 'aborted'
  return response.statusCode >= 500 ? 'failed' : 'answered'
}

export function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent || response.destroyed) response.destroy()
  else response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' }).end(`Ecluse: ${text}\n`)
}
