import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ProxyServer } from 'httpxy'
import type { Router } from './router.js'
import type { Upstream } from './upstream.js'

interface Opening {
  readonly upstream: Upstream
  readonly startedAt: number
  counted: boolean
}

export type Sockets = (request: IncomingMessage, client: Duplex, head: Buffer) => void

/** Passes websockets. Each counts as one request that ends when it is open. */
export function newSockets(proxy: ProxyServer, router: Router): Sockets {
  const openings = new WeakMap<IncomingMessage, Opening>()
  const count = (request: IncomingMessage, end: 'answered' | 'failed'): void => {
    const opening = openings.get(request)
    if (opening === undefined || opening.counted) return
    opening.counted = true
    opening.upstream.counters.count(end, performance.now() - opening.startedAt)
  }
  proxy.on('proxyReqWs', (outgoing, request) => {
    const version = openings.get(request)?.upstream.version
    outgoing.once('upgrade', (answer: IncomingMessage) => {
      if (version !== undefined) answer.headers['x-ecluse-version'] = version
      count(request, 'answered')
    })
    outgoing.once('response', (answer: IncomingMessage) => count(request, (answer.statusCode ?? 502) >= 500 ? 'failed' : 'answered'))
  })
  proxy.on('error', (_fault, request) => {
    if (request !== undefined) count(request, 'failed')
  })
  return (request, client, head) => {
    client.on('error', () => client.destroy())
    const work = async (): Promise<void> => {
      const choice = await router.choose(request)
      if (choice === undefined || !(client instanceof Socket)) {
        client.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
        return
      }
      const { upstream } = choice
      openings.set(request, { upstream, startedAt: performance.now(), counted: false })
      upstream.enterSocket(client)
      await proxy.ws(request, client, { target: { host: '127.0.0.1', port: upstream.port, protocol: 'http:' }, xfwd: true }, head)
    }
    work().catch(() => client.destroy())
  }
}
