import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import type { ProxyServer } from 'httpxy'
import { agentOf, dial, isRepeatable } from './repeat.js'
import type { Choice, Router } from './router.js'
import type { Upstream } from './upstream.js'

/** One request on its way through the proxy. */
interface Passage {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly repeatable: boolean
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

const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection'] as const

export type Web = (request: IncomingMessage, response: ServerResponse) => void

/** Passes requests to the arm that the router names, counts how they ended, and asks again where nothing was answered yet. */
export function newWeb(proxy: ProxyServer, router: Router): Web {
  const passages = new WeakMap<IncomingMessage, Passage>()
  proxy.on('proxyReq', (outgoing, request) => {
    const passage = passages.get(request)
    if (passage !== undefined) passage.outgoing = outgoing
  })
  proxy.on('proxyRes', (answer, request, response) => {
    const passage = passages.get(request)
    if (passage === undefined) return
    // Those speak of our connection to the instance, not of the client's to us.
    for (const name of HOP_BY_HOP) delete answer.headers[name]
    answer.headers['x-ecluse-version'] = passage.upstream.version
    const cookie = (response as ServerResponse).getHeader('set-cookie')
    if (cookie !== undefined) answer.headers['set-cookie'] = [...(answer.headers['set-cookie'] ?? []), ...[cookie].flat().map(String)]
    answer.once('close', () => {
      if (!answer.complete) passage.broken = true
    })
  })
  proxy.on('error', (fault, request, response) => {
    const passage = request === undefined ? undefined : passages.get(request)
    if (passage === undefined || response === undefined) return
    void recover(passage, fault as NodeJS.ErrnoException)
  })
  const recover = async (passage: Passage, fault: NodeJS.ErrnoException): Promise<void> => {
    const { response, upstream } = passage
    if (response.destroyed || response.writableEnded) return
    if (response.headersSent) {
      passage.broken = true
      response.destroy()
      return
    }
    if (passage.repeatable && !passage.refreshed && passage.outgoing?.reusedSocket === true) {
      // An idle connection that the instance closed as we used it says nothing about the instance.
      passage.refreshed = true
      upstream.counters.countRetry()
      await pass(passage, true)
      return
    }
    const other = passage.repeatable && !passage.moved ? router.insteadOf(upstream) : undefined
    if (other === undefined) return refuse(response, 502, `The instance of release ${upstream.version} did not answer (${fault.code ?? fault.message}).`)
    await move(passage, other)
  }
  const move = async (passage: Passage, other: Upstream): Promise<void> => {
    passage.moved = true
    passage.upstream.counters.count('failed', performance.now() - passage.startedAt)
    passage.upstream.counters.countRetry()
    enter(passage, other)
    await pass(passage, false)
  }
  const enter = (passage: Passage, upstream: Upstream): void => {
    passage.leave()
    passage.upstream = upstream
    passage.startedAt = performance.now()
    passage.leave = upstream.enter(() => passage.response.destroy())
  }
  const pass = async (passage: Passage, fresh: boolean): Promise<void> => {
    const { request, response, upstream } = passage
    const target = { host: '127.0.0.1', port: upstream.port, protocol: 'http:' }
    if (passage.repeatable) {
      await proxy.web(request, response, { target, xfwd: true, agent: fresh ? false : upstream.agent })
      return
    }
    try {
      const agent = agentOf(await dial(upstream.port))
      await proxy.web(request, response, { target, xfwd: true, agent })
    } catch (thrown) {
      // Nothing of its body was taken yet: any request may go to the other arm now.
      const other = passage.moved ? undefined : router.insteadOf(upstream)
      if (other !== undefined) await move(passage, other)
      else refuse(response, 502, `The instance of release ${upstream.version} did not answer (${(thrown as NodeJS.ErrnoException).code ?? 'unknown fault'}).`)
    }
  }
  const begin = async (request: IncomingMessage, response: ServerResponse, choice: Choice): Promise<void> => {
    const { upstream, cookie } = choice
    const passage: Passage = {
      request, response, upstream, repeatable: isRepeatable(request), startedAt: 0,
      leave: () => undefined, refreshed: false, moved: false, broken: false,
    }
    passages.set(request, passage)
    response.once('close', () => finish(passage))
    enter(passage, upstream)
    if (cookie !== undefined) response.setHeader('set-cookie', cookie)
    await pass(passage, false)
  }
  return (request, response) => {
    const work = async (): Promise<void> => {
      const choice = await router.choose(request)
      if (choice === undefined) refuse(response, 503, 'No release serves in this environment now.')
      else await begin(request, response, choice)
    }
    work().catch((thrown: unknown) => {
      console.error('proxy:', thrown)
      refuse(response, 502, 'The proxy could not pass the request on.')
    })
  }
}

function finish(passage: Passage): void {
  const { upstream, response, startedAt } = passage
  passage.leave()
  const end = passage.broken ? 'failed' : response.writableFinished ? (response.statusCode >= 500 ? 'failed' : 'answered') : 'aborted'
  upstream.counters.count(end, performance.now() - startedAt)
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' }).end(`Ecluse: ${text}\n`)
}
