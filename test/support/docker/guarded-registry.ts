/** A door with a password in front of the lab's registry, on a port of its own. */
import { once } from 'node:events'
import http from 'node:http'

export interface GuardedRegistry {
  /** `127.0.0.1:PORT` */
  readonly address: string
  readonly user: string
  readonly password: string
  /** Requests that came without the password. */
  readonly refused: () => number
  readonly close: () => Promise<void>
}

export async function guardedRegistry(registry: string, user: string, password: string): Promise<GuardedRegistry> {
  const [hostname, port] = registry.split(':')
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  let refused = 0
  const server = http.createServer((request, response) => {
    const { method, url, headers } = request
    if (headers.authorization !== expected) {
      refused += 1
      response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"', 'content-type': 'application/json' }).end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}')
      return
    }
    const asked = http.request({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    asked.on('error', () => response.destroy())
    request.pipe(asked)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    address: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    user, password,
    refused: () => refused,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => { server.close(resolve) })
    },
  }
}
