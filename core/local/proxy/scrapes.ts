import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { House } from '../house.js'
import { counters } from '../verbs/look.js'
import { closeSoon, listen, type Door } from './door.js'
import { prometheusText, targetsOf } from './prometheus.js'

/** Where whoever scrapes comes in, on loopback: the counters, and which processes there are. Nothing can be changed here. */
export function newScrapes(house: Pick<House, 'environment' | 'router'>): Door {
  let current: { readonly port: number; readonly server: Server } | undefined
  const close = (): void => {
    if (current === undefined) return
    closeSoon(current.server)
    current = undefined
  }
  return {
    open: async (port) => {
      if (current?.port === port) return
      const server = createServer((request, response) => answer(house, request, response))
      await listen(server, port)
      close()
      current = { port, server }
    },
    close: async () => close(),
  }
}

function answer(house: Pick<House, 'environment' | 'router'>, { method, url }: IncomingMessage, response: ServerResponse): void {
  const send = (status: number, type: string, text: string): void => void response.writeHead(status, { 'content-type': type }).end(text)
  if (method !== 'GET') send(405, 'text/plain', 'Ecluse: here one can only look.\n')
  else if (url === '/metrics') send(200, 'text/plain; version=0.0.4; charset=utf-8', prometheusText(house.environment, counters(house)))
  else if (url === '/targets') send(200, 'application/json', JSON.stringify(targetsOf(house.environment, house.router.routes())))
  else send(404, 'text/plain', 'Ecluse: there are `/metrics` and `/targets`.\n')
}
