/** A server on loopback that is a function from request to answer. */
import { once } from 'node:events'
import http from 'node:http'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Told {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Loopback {
  readonly url: string
  stop(): Promise<void>
}

/** `undefined`: it never answers. */
export async function serve(answer: (asked: Asked) => Told | undefined): Promise<Loopback> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      const told = answer({ method: request.method ?? '', path: request.url ?? '', headers, body: Buffer.concat(chunks).toString('utf8') })
      if (told !== undefined) response.writeHead(told.status, told.headers).end(told.body ?? '')
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export const illnesses = ['slow', 'busy', 'unauthorized', 'forbidden', 'broken', 'babbling'] as const
export type Illness = (typeof illnesses)[number]

/** A service that is not well; it repeats what it was sent, secrets and all. */
export function serveIll(illness: Illness): Promise<Loopback> {
  return serve(({ path, headers, body }) => {
    const echo = JSON.stringify({ message: `You sent ${path} with ${headers['authorization'] ?? 'nothing'}`, body })
    if (illness === 'slow') return undefined
    if (illness === 'busy') return { status: 429, headers: { 'retry-after': '7' }, body: echo }
    if (illness === 'babbling') return { status: 200, headers: { 'content-type': 'text/html' }, body: `<html><title>Log in</title>${echo}</html>` }
    return { status: { unauthorized: 401, forbidden: 403, broken: 503 }[illness], body: echo }
  })
}
