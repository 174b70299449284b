import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ProxyServer } from 'httpxy'
import { errnoOf } from '../errno.js'
import { moveTo, newPassage, refuse, type Passage } from './passage.js'
import { agentOf, dial } from './repeat.js'
import type { Router } from './router.js'

const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection'] as const

export type Web = (request: IncomingMessage, response: ServerResponse) => void

/** Passes requests to the arm that the router names, counts how they ended, and asks again where nothing was answered yet. */
export function newWeb(proxy: ProxyServer, router: Router): Web {
  const passages = new WeakMap<IncomingMessage, Passage>()
  proxy.on('proxyReq', (outgoing, request) => {
    const passage = passages.get(request)
    if (passage === undefined) return
    passage.outgoing = outgoing
    // Nobody asked for another protocol, and nobody else would end this request.
    outgoing.once('upgrade', (_answer, socket) => {
      socket.destroy()
      refuse(passage.response, 502, `The instance of release ${passage.upstream.version} switched to another protocol, which nobody had asked for.`)
    })
  })
  proxy.on('proxyRes', (answer, request) => {
    const passage = passages.get(request)
    if (passage !== undefined) markAnswer(passage, answer)
  })
  proxy.on('error', (fault, request) => {
    const passage = request === undefined ? undefined : passages.get(request)
    if (passage === undefined) return
    recover(proxy, router, passage, fault).catch((thrown: unknown) => {
      console.error('proxy:', thrown)
      refuse(passage.response, 502, 'The proxy could not pass the request on.')
    })
  })
  const begin = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const choice = await router.choose(request)
    if (choice === undefined) return refuse(response, 503, 'No release serves in this environment now.')
    const passage = newPassage(request, response, choice.upstream, choice.looking)
    passages.set(request, passage)
    if (choice.cookie !== undefined) response.setHeader('set-cookie', choice.cookie)
    await pass(proxy, router, passage, false)
  }
  return (request, response) => {
    begin(request, response).catch((thrown: unknown) => {
      console.error('proxy:', thrown)
      refuse(response, 502, 'The proxy could not pass the request on.')
    })
  }
}

function markAnswer(passage: Passage, answer: IncomingMessage): void {
  // Those speak of our connection to the instance, not of the client's to us.
  for (const name of HOP_BY_HOP) delete answer.headers[name]
  answer.headers['x-ecluse-version'] = passage.upstream.version
  const ours = passage.response.getHeader('set-cookie')
  if (ours !== undefined) answer.headers['set-cookie'] = [...(answer.headers['set-cookie'] ?? []), ...[ours].flat().map(String)]
  answer.once('close', () => {
    if (!answer.complete) passage.broken = true
  })
}

async function pass(proxy: ProxyServer, router: Router, passage: Passage, fresh: boolean): Promise<void> {
  const { request, response, upstream } = passage
  const target = { host: '127.0.0.1', port: upstream.port, protocol: 'http:' }
  if (passage.repeatable) {
    await proxy.web(request, response, { target, xfwd: true, agent: fresh ? false : upstream.agent })
    return
  }
  const dialled = await dial(upstream.port)
  if ('fault' in dialled) await goElsewhere(proxy, router, passage, dialled.fault, true)
  else await proxy.web(request, response, { target, xfwd: true, agent: agentOf(dialled.socket) })
}

/** The instance was lost on the way, or never reached. */
async function recover(proxy: ProxyServer, router: Router, passage: Passage, fault: unknown): Promise<void> {
  const { request, response } = passage
  if (response.destroyed || response.writableEnded) return
  // The client left in the middle of its body: that is no fault of the instance.
  if (request.destroyed && !request.complete) response.destroy()
  else if (response.headersSent) {
    passage.broken = true
    response.destroy()
  } else if (passage.repeatable && !passage.refreshed && passage.outgoing?.reusedSocket === true) {
    // An idle connection that the instance closed as we used it says nothing about the instance.
    passage.refreshed = true
    passage.upstream.counters.countRetry()
    await pass(proxy, router, passage, true)
  } else await goElsewhere(proxy, router, passage, fault, passage.repeatable)
}

/** `allowed`: nothing of the request is used up, so another arm can be asked. */
async function goElsewhere(proxy: ProxyServer, router: Router, passage: Passage, fault: unknown, allowed: boolean): Promise<void> {
  const other = allowed && !passage.moved && !passage.looking ? await router.insteadOf(passage.upstream) : undefined
  if (passage.response.destroyed) return
  if (other === undefined) {
    refuse(passage.response, 502, `The instance of release ${passage.upstream.version} did not answer (${errnoOf(fault) ?? 'unknown fault'}).`)
    return
  }
  moveTo(passage, other)
  await pass(proxy, router, passage, false)
}
