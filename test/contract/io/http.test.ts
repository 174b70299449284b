import { afterEach, beforeAll, afterAll, describe, expect, it, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import { createServer as createTcp, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { InputError, RemoteError } from '../../../core/errors/families.js'
import { systemHttp } from '../../../core/io/http.js'
import { withEngines } from '../../support/engines/index.js'
import type { HttpRequest } from '../../../core/ports/http.js'

const SECRET = 'hunter2-very-secret'
const web = systemHttp({ mask: (text) => text.replaceAll(SECRET, '***') })
const ask = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({ what: 'read the test', method: 'GET', url, timeoutMs: 5000, ...more })

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

async function listen(server: Server, where: { port: 0; host: '127.0.0.1' } | { path: string } = { port: 0, host: '127.0.0.1' }): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(where, resolve))
  open.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

async function serve(handler: http.RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(http.createServer(handler))}`
}

async function failure(work: Promise<unknown>): Promise<RemoteError> {
  const thrown = await work.then(() => undefined, (error: unknown) => error)
  if (!(thrown instanceof RemoteError)) throw new Error(`not the expected failure: ${String(thrown)}`)
  return thrown
}

describe('an answer', () => {
  it('is any status, with headers, body and time', async () => {
    const url = await serve((request, response) => {
      response.writeHead(503, { 'X-Release': 'v1', 'set-cookie': ['a=1', 'b=2'] }).end(`${request.method} ${request.url} ${String(request.headers['x-given'])}`)
    })
    const answer = await web.request(ask(`${url}/a?b=c`, { headers: { 'X-Given': 'yes' } }))
    expect(answer).toMatchObject({ status: 503, headers: { 'x-release': 'v1', 'set-cookie': 'a=1, b=2' }, body: 'GET /a?b=c yes' })
    expect(answer.elapsedMs).toBeGreaterThan(0)
  })

  it('sends a body, and user and password of the URL', async () => {
    const url = await serve((request, response) => {
      request.pipe(response)
      response.setHeader('seen', `${request.headers.authorization} ${request.headers['content-length']}`)
    })
    const answer = await web.request(ask(url.replace('//', '//me:pw@'), { method: 'POST', body: 'é' }))
    expect(answer).toMatchObject({ body: 'é', headers: { seen: `Basic ${Buffer.from('me:pw').toString('base64')} 2` } })
  })

  it('comes over a Unix socket too', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sock-'))
    const socketPath = path.join(folder, 's')
    await listen(http.createServer((request, response) => response.end(`here ${request.headers.host}`)), { path: socketPath })
    await expect(web.request(ask('http://local/x', { socketPath }))).resolves.toMatchObject({ body: 'here local' })
    rmSync(folder, { recursive: true })
    const error = await failure(web.request(ask('http://local/x', { socketPath })))
    expect(error.message).toBe('Could not read the test: `GET http://local/x` gave no answer: the socket is not there (ENOENT).')
  })

  it('is unpacked when it comes packed', async () => {
    const url = await serve((_request, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync('plain')))
    await expect(web.request(ask(url))).resolves.toMatchObject({ body: 'plain' })
  })

  it('uses a new connection each time', async () => {
    const ports = new Set<number>()
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort ?? 0)
      response.end()
    })
    for (let count = 0; count < 3; count += 1) await web.request(ask(url))
    expect(ports.size).toBe(3)
  })
})

describe('no answer', () => {
  it('names host, operation and fact, and keeps secrets to itself', async () => {
    const port = await listen(createTcp())
    open.pop()!()
    const error = await failure(web.request(ask(`http://me:${SECRET}@127.0.0.1:${port}/x?access_token=abc123&page=2`, { what: `ask ${SECRET}` })))
    expect(error).toMatchObject({ code: 'network-failed', service: `127.0.0.1:${port}`, operation: 'ask ***' })
    expect(error.message).toBe(`Could not ask ***: \`GET http://***@127.0.0.1:${port}/x?access_token=***&page=2\` gave no answer: connection refused (ECONNREFUSED).`)
  })

  it('is a time-out when the service is silent, also in the middle of a body', async () => {
    const silent = `http://127.0.0.1:${await listen(createTcp(() => undefined))}`
    expect((await failure(web.request(ask(silent, { timeoutMs: 100 })))).code).toBe('network-timeout')
    const half = await serve((_request, response) => response.writeHead(200).write('half'))
    const error = await failure(web.request(ask(half, { timeoutMs: 200 })))
    expect(error.code).toBe('network-timeout')
    expect(error.message).toContain('none came within 200 ms')
  })

  it('is a failure when the connection breaks in the middle', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half')
      setTimeout(() => response.destroy(), 20)
    })
    expect((await failure(web.request(ask(url)))).code).toBe('network-failed')
  })

  it('is a failure when the body is too long, packed or not', async () => {
    const url = await serve((_request, response) => response.end('x'.repeat(2000)))
    expect((await failure(web.request(ask(url, { maxBytes: 1000 })))).message).toContain('longer than 1000 bytes')
    const bomb = await serve((_request, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync('x'.repeat(1e6))))
    expect((await failure(web.request(ask(bomb, { maxBytes: 10_000 })))).message).toContain('longer than 10000 bytes')
  })

  it('comes at once on abort, and to all that is asked after it', async () => {
    const stop = new AbortController()
    const mine = systemHttp({ signal: stop.signal })
    const url = await serve(() => stop.abort())
    expect((await failure(mine.request(ask(url, { retries: 5 })))).code).toBe('aborted')
    expect((await failure(mine.request(ask(url)))).code).toBe('aborted')
  })

  it('is an input error for what is no address', async () => {
    for (const url of ['nonsense', 'ftp://host/x', '']) await expect(web.request(ask(url))).rejects.toBeInstanceOf(InputError)
  })
})

describe('asking again', () => {
  const failing = async (statuses: number[], headers: Record<string, string> = {}) => {
    let count = 0
    const url = await serve((_request, response) => {
      count += 1
      response.writeHead(statuses.shift() ?? 200, headers).end()
    })
    return { url, count: () => count }
  }

  it('happens only when asked for', async () => {
    const service = await failing([503])
    await expect(web.request(ask(service.url))).resolves.toMatchObject({ status: 503 })
    expect(service.count()).toBe(1)
  })

  it('happens for what passes, with the last answer handed on', async () => {
    const service = await failing([503, 429])
    await expect(web.request(ask(service.url, { retries: 2 }))).resolves.toMatchObject({ status: 200 })
    const worse = await failing([503, 502, 500])
    await expect(web.request(ask(worse.url, { retries: 1 }))).resolves.toMatchObject({ status: 502 })
  })

  it('does not happen for what stays', async () => {
    const service = await failing([404])
    await expect(web.request(ask(service.url, { retries: 3 }))).resolves.toMatchObject({ status: 404 })
    expect(service.count()).toBe(1)
  })

  it('waits as long as the service says, unless that is too long', async () => {
    const service = await failing([429], { 'retry-after': '1' })
    const began = Date.now()
    await web.request(ask(service.url, { retries: 1 }))
    expect(Date.now() - began).toBeGreaterThan(950)
    const slow = await failing([429], { 'retry-after': '3600' })
    await expect(web.request(ask(slow.url, { retries: 1 }))).resolves.toMatchObject({ status: 429 })
  })

  it('happens after a broken connection', async () => {
    let count = 0
    const url = await serve((request, response) => {
      count += 1
      if (count === 1) request.socket.destroy()
      else response.end('well')
    })
    await expect(web.request(ask(url, { retries: 1 }))).resolves.toMatchObject({ body: 'well' })
  })
})

describe('redirects', () => {
  it('are answers unless followed; credentials stay with their origin', async () => {
    const other = await serve((request, response) => response.end(`${request.method} ${request.url} ${request.headers.authorization} ${String(request.headers['x-kept'])}`))
    const url = await serve((request, response) => {
      response.writeHead(request.url === '/see' ? 303 : 307, { location: request.url === '/own' ? '/see' : `${other}/there` }).end()
    })
    await expect(web.request(ask(url))).resolves.toMatchObject({ status: 307 })
    const headers = { authorization: 'Bearer x', 'x-kept': 'kept' }
    await expect(web.request(ask(url, { follow: true, headers }))).resolves.toMatchObject({ body: 'GET /there undefined kept' })
    await expect(web.request(ask(`${url}/see`, { follow: true, headers, method: 'POST', body: 'x' }))).resolves.toMatchObject({ body: 'GET /there undefined kept' })
  })

  it('end when they go round', async () => {
    const url = await serve((_request, response) => response.writeHead(302, { location: '/' }).end())
    expect((await failure(web.request(ask(url, { follow: true })))).message).toContain('redirected too often')
  })
})

test('a server that switches to another protocol gave no answer, at once', async () => {
  const rude = createTcp((socket) => socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n')))
  const url = `http://127.0.0.1:${await listen(rude)}`
  expect((await failure(web.request(ask(url)))).message).toContain('switched to another protocol')
})

withEngines(['openssl'], 'https', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tls-'))
    const { key, cert } = { key: path.join(folder, 'key'), cert: path.join(folder, 'cert') }
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '10', '-subj', '/CN=shop.test'], { stdio: 'ignore' })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const secure = async (): Promise<string> => {
    const server = https.createServer({ key: readFileSync(path.join(folder, 'key')), cert: readFileSync(path.join(folder, 'cert')) }, (_request, response) => response.end())
    return `https://127.0.0.1:${await listen(server)}`
  }

  it('refuses a certificate that nobody vouches for, and can still report it', async () => {
    const url = await secure()
    expect((await failure(web.request(ask(url)))).message).toContain('its certificate is self-signed')
    const certificate = await web.certificate(`${url}/x`, 5000)
    expect(certificate).toMatchObject({ subject: 'shop.test', issuer: 'shop.test' })
    expect(Math.round((certificate.validTo - Date.now()) / 86_400_000)).toBe(10)
  })

  it('reports no certificate where there is none', async () => {
    const silent = `https://127.0.0.1:${await listen(createTcp(() => undefined))}`
    expect((await failure(web.certificate(silent, 100))).code).toBe('network-timeout')
    const plain = (await serve((_request, response) => response.end())).replace('http:', 'https:')
    expect((await failure(web.certificate(plain, 2000))).code).toBe('network-failed')
    await expect(web.certificate('http://127.0.0.1/', 100)).rejects.toBeInstanceOf(InputError)
  })
})
