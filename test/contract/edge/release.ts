/** A release behind the edge: one replica, in this process, at an address of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Replica {
  readonly host: string
  readonly address: string
  readonly port: number
  /** Requests other than health checks, as they came. */
  readonly asked: IncomingMessage[]
  health: number
  /** Ends what was asked at `/hold`, now and later. */
  letGo(): void
  /** As when its container is killed: nothing listens, connections are cut. */
  kill(): Promise<void>
}

let made = 0

export async function replica(version: string, host: string, where: { readonly address?: string; readonly port?: number } = {}): Promise<Replica> {
  made += 1
  const address = where.address ?? `127.7.${Math.floor(made / 250)}.${(made % 250) + 1}`
  const asked: IncomingMessage[] = []
  const sockets = new Set<Socket>()
  const held = new Set<ServerResponse>()
  let holds = true
  const server = createServer((request, response) => {
    if (request.url === '/health') {
      response.writeHead(self.health).end()
      return
    }
    asked.push(request)
    if (request.url === '/hold' && holds) held.add(response)
    else answer(version, request, response)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    asked.push(request)
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n')
    socket.pipe(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(where.port ?? 0, address, resolve)
  })
  const ended = new Promise<void>((resolve) => {
    server.once('close', resolve)
  })
  const { port } = server.address() as AddressInfo
  const self: Replica = {
    host, address, port, asked, health: 200,
    letGo: () => {
      holds = false
      for (const response of held) response.end(version)
    },
    kill: async () => {
      server.close()
      for (const socket of sockets) socket.resetAndDestroy()
      await ended
    },
  }
  return self
}

/** `/hold` (until `letGo`), `/slow?MS`, `/status?CODE`, `/cut`, `/die`; anything else is answered at once with the version. */
function answer(version: string, request: IncomingMessage, response: ServerResponse): void {
  const [path, given] = (request.url ?? '').split('?')
  // A name of its own is nothing that an answer through the edge may carry.
  response.setHeader('x-ecluse-version', 'mine')
  if (path === '/slow') setTimeout(() => response.end(version), Number(given))
  else if (path === '/status') response.writeHead(Number(given)).end(version)
  else if (path === '/die') request.socket.destroy()
  else if (path === '/cut') {
    response.writeHead(200, { 'content-length': 100 }).write('x')
    setTimeout(() => request.socket.destroy(), 30)
  } else request.resume().once('end', () => response.end(version))
}
