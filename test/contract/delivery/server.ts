import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import https from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** An app with every fault that a smoke test meets. What it saw stays in `seen`. */
export class FaultyApp {
  readonly seen: { readonly path: string; readonly headers: IncomingMessage['headers'] }[] = []
  private readonly counts = new Map<string, number>()
  private readonly servers: http.Server[] = []
  version: (asked: number) => string = () => '2'
  url = ''

  async start(): Promise<this> {
    this.url = `http://127.0.0.1:${await this.listen(http.createServer(this.listener))}`
    return this
  }

  /** The same behind a certificate of our own that is valid for so many days; needs `openssl`. */
  async startTls(days: number): Promise<string> {
    const folder = mkdtempSync(path.join(tmpdir(), 'tls-'))
    const at = (name: string): string => path.join(folder, name)
    try {
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at('key'), '-out', at('cert'), '-days', String(days), '-subj', '/CN=shop.test'], { stdio: 'ignore' })
      return `https://127.0.0.1:${await this.listen(https.createServer({ key: readFileSync(at('key')), cert: readFileSync(at('cert')) }, this.listener))}`
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  async stop(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  }

  private async listen(server: http.Server): Promise<number> {
    this.servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return address.port
  }

  private readonly listener: RequestListener = (request, response) => {
    const where = request.url ?? ''
    const asked = (this.counts.get(where) ?? 0) + 1
    this.counts.set(where, asked)
    this.seen.push({ path: where, headers: request.headers })
    const answer = this.answers[where]
    if (answer === undefined) response.writeHead(404).end('nothing here')
    else answer(response, asked, request)
  }

  private readonly answers: Readonly<Record<string, (response: ServerResponse, asked: number, request: IncomingMessage) => void>> = {
    '/': (response) => void response.setHeader('x-release', '2').end('<h1>Shop</h1>'),
    '/version': (response, asked) => void response.end(JSON.stringify({ version: this.version(asked) })),
    '/flap': (response, asked) => void response.writeHead(asked < 3 ? 503 : 200).end(),
    '/slow': (response) => void setTimeout(() => response.end('late'), 300),
    '/never': () => {},
    '/degraded': (response) => void response.end('{"status":"degraded","checks":{"db":{"status":"ok"},"mail":{"status":"degraded"}}}'),
    '/moved': (response) => void response.writeHead(302, { location: '/login?next=1' }).end(),
    '/login': (response) => void response.end('please log in'),
    '/huge': (response) => void response.end(Buffer.alloc(3 * 1024 * 1024, 'x')),
    '/reset': (response) => void response.socket?.resetAndDestroy(),
    '/echo': (response, _, request) => void response.writeHead(500).end(`you sent ${request.headers.authorization}`),
  }
}
