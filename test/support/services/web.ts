/** What small fakes of vendors' services share: a server on loopback that answers each request by a function, and can be told to fail. */
import { once } from 'node:events'
import http from 'node:http'

export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** `hang`: the connection stays open without an answer; `reset`: it is cut. */
export type Trouble = Reply | 'hang' | 'reset'

export interface Web {
  readonly url: string
  readonly asked: readonly Asked[]
  /** The next so many requests meet it. */
  trouble(what: Trouble, times?: number): void
  /** Rejects when it was asked what no such service knows. */
  close(): Promise<void>
}

/** A request that the service does not know. */
export class Unknown extends Error {}

export async function startWeb(answer: (asked: Asked) => Reply): Promise<Web> {
  const asked: Asked[] = []
  const faults: string[] = []
  const troubles: Trouble[] = []
  const reply = (request: Asked): Trouble => {
    const trouble = troubles.shift()
    if (trouble !== undefined) return trouble
    try {
      return answer(request)
    } catch (thrown) {
      faults.push(thrown instanceof Unknown ? `${request.method} ${request.url.pathname}: ${thrown.message}` : String(thrown))
      return { status: 501, body: { message: 'not known to this fake' } }
    }
  }
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one: Asked = { method: request.method ?? '', url: new URL(request.url ?? '/', 'http://fake'), headers: request.headers, body: Buffer.concat(chunks).toString() }
      asked.push(one)
      const said = reply(one)
      if (said === 'hang') return
      if (said === 'reset') {
        request.socket.resetAndDestroy()
        return
      }
      response.writeHead(said.status, { 'content-type': typeof said.body === 'string' ? 'text/html' : 'application/json', ...said.headers })
      response.end(typeof said.body === 'string' ? said.body : JSON.stringify(said.body))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : ''}`,
    asked,
    trouble(what, times = 1) {
      troubles.push(...Array.from({ length: times }, () => what))
    },
    async close() {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      if (faults.length > 0) throw new Error(`The fake was asked what it does not know: ${faults.join('; ')}`)
    },
  }
}
