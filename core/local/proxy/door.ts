import { createServer, type Server } from 'node:http'
import { createProxyServer } from 'httpxy'
import type { Router } from './router.js'
import { newSockets } from './sockets.js'
import { newWeb } from './web.js'

/** A port that is open: the proxy's, where users come in, or another one. */
export interface Door {
  /** Listens there from now on, then no longer where it did; rejects with the system's fault and changes nothing when it can't. */
  open(port: number): Promise<void>
  close(): Promise<void>
}

export function newDoor(router: Router): Door {
  const proxy = createProxyServer({})
  const web = newWeb(proxy, router)
  const sockets = newSockets(proxy, router)
  let current: { readonly port: number; readonly server: Server } | undefined

  return {
    open: async (port) => {
      if (current?.port === port) return
      const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0, noDelay: true }, web)
      server.on('upgrade', sockets)
      await listen(server, port)
      const before = current
      current = { port, server }
      if (before !== undefined) closeSoon(before.server)
    },
    close: async () => {
      if (current === undefined) return
      const { server } = current
      current = undefined
      closeSoon(server)
      server.closeAllConnections()
    },
  }
}

export function closeSoon(server: Server): void {
  server.close()
  server.closeIdleConnections()
}

export function listen(server: Server, where: number | string): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      server.removeListener('error', reject)
      resolve()
    }
    server.once('error', reject)
    if (typeof where === 'number') server.listen({ port: where, host: '127.0.0.1' }, done)
    else server.listen({ path: where, exclusive: true }, done)
  })
}
