/** Stands before an S3 server and spoils what a rule names. Signatures stay valid: the host that was asked for is handed on. */
import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { KEY } from './server.js'

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
}

/** What happens to a request; nothing is: it goes through. */
export type Spoiling =
  /** Never reaches the server. */
  | { readonly answer: number; readonly code: string }
  /** The connection breaks after so many bytes of the request. */
  | { readonly cutRequest: number }
  /** It is carried out, and the connection breaks after so many bytes of the answer's body. */
  | { readonly cutAnswer: number }
  /** Handed on once this is over, whole, also when whoever asked is gone by then; `heard` is told when all of it is here. */
  | { readonly hold: Promise<void>; readonly heard?: () => void }
  /** The server never sees these headers, as if it did not know them. */
  | { readonly without: RegExp }

export interface S3Proxy {
  readonly endpoint: string
  /** All requests so far, `METHOD path`. */
  readonly seen: readonly string[]
  rule(spoil: (asked: Asked) => Spoiling | undefined): void
  /** What was handed on is carried out, or broken off: also when whoever asked is gone. */
  settled(): Promise<void>
  stop(): Promise<void>
}

export async function startProxy(target: string): Promise<S3Proxy> {
  const seen: string[] = []
  const under = new Set<http.ClientRequest>()
  let spoil: (asked: Asked) => Spoiling | undefined = () => undefined
  const server = http.createServer((request, response) => {
    const asked: Asked = { method: request.method ?? '', url: request.url ?? '', headers: request.headers }
    seen.push(`${asked.method} ${asked.url}`)
    const onwards = handle(new URL(target), asked, spoil(asked), request, response)
    if (onwards === undefined) return
    under.add(onwards)
    onwards.on('close', () => under.delete(onwards))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    rule: (next) => { spoil = next },
    async settled() {
      await Promise.all([...under].map((onwards) => new Promise<void>((resolve) => void onwards.once('close', resolve))))
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function handle(target: URL, asked: Asked, spoiling: Spoiling | undefined, request: http.IncomingMessage, response: http.ServerResponse): http.ClientRequest | undefined {
  if (spoiling !== undefined && 'answer' in spoiling) {
    request.resume()
    response.writeHead(spoiling.answer, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?><Error><Code>${spoiling.code}</Code><Message>spoilt on purpose</Message></Error>`)
    return undefined
  }
  const headers = spoiling !== undefined && 'without' in spoiling ? without(spoiling.without, asked) : asked.headers
  const onwards = http.request({ host: target.hostname, port: target.port, method: asked.method, path: asked.url, headers, agent: false })
  onwards.on('error', () => response.destroy())
  onwards.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    if (spoiling !== undefined && 'cutAnswer' in spoiling) cutAfter(answer, spoiling.cutAnswer, (chunk) => response.write(chunk), () => response.destroy())
    else answer.pipe(response)
  })
  if (spoiling !== undefined && 'hold' in spoiling) {
    const words: Buffer[] = []
    request.on('data', (chunk: Buffer) => void words.push(chunk)).on('end', () => spoiling.heard?.())
    void spoiling.hold.then(() => onwards.end(Buffer.concat(words)))
  } else if (spoiling !== undefined && 'cutRequest' in spoiling) {
    cutAfter(request, spoiling.cutRequest, (chunk) => onwards.write(chunk), () => {
      onwards.destroy()
      request.destroy()
    })
  } else {
    request.pipe(onwards)
    // One that is gone in the middle of its words never ends them.
    request.on('close', () => (request.complete ? undefined : onwards.destroy()))
  }
  return onwards
}

function cutAfter(stream: http.IncomingMessage, bytes: number, hand: (chunk: Buffer) => void, cut: () => void): void {
  let passed = 0
  stream.on('data', (chunk: Buffer) => {
    const left = bytes - passed
    passed += chunk.length
    if (left > 0) hand(chunk.subarray(0, left))
    if (passed >= bytes) cut()
  })
  stream.on('end', cut)
}

/** Signed anew, since headers that are signed can't be left out. */
function without(left: RegExp, { method, url, headers }: Asked): http.OutgoingHttpHeaders {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !left.test(name)))
  const [path = '', query = ''] = url.split('?')
  const signed = ['host', ...Object.keys(kept).filter((name) => name.startsWith('x-amz-'))].toSorted()
  const pairs = query === '' ? [] : query.split('&').map((pair) => (pair.includes('=') ? pair : `${pair}=`)).toSorted()
  const canonical = [method, path, pairs.join('&'), ...signed.map((name) => `${name}:${String(kept[name]).trim()}`), '', signed.join(';'), String(kept['x-amz-content-sha256'])].join('\n')
  const at = String(kept['x-amz-date'])
  const scope = `${at.slice(0, 8)}/us-east-1/s3/aws4_request`
  const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const key = ['us-east-1', 's3', 'aws4_request'].reduce(mac, mac(`AWS4${KEY.secretAccessKey}`, at.slice(0, 8)))
  const signature = mac(key, ['AWS4-HMAC-SHA256', at, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')).toString('hex')
  return { ...kept, authorization: `AWS4-HMAC-SHA256 Credential=${KEY.accessKeyId}/${scope}, SignedHeaders=${signed.join(';')}, Signature=${signature}` }
}
