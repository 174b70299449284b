import * as http from 'node:http'
import * as https from 'node:https'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import type { Answer, HttpRequest } from '../../ports/http.js'
import { bytesOf } from '../bytes.js'
import { errnoOf } from '../errno.js'
import { DEFAULT_BYTES, NoAnswer } from './faults.js'

const MOST_REDIRECTS = 10
const DECODERS: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync, 'x-gzip': gunzipSync, deflate: inflateSync, br: brotliDecompressSync,
}

/** One question and its answer, redirects included, under one time limit. */
export async function exchange(request: HttpRequest, signal: AbortSignal | undefined): Promise<Answer> {
  if (signal?.aborted) throw new NoAnswer('abort')
  const began = performance.now()
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(new NoAnswer('time-out')), Math.min(request.timeoutMs, 2 ** 31 - 1))
  const onAbort = (): void => limit.abort(new NoAnswer('abort'))
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    let asked = request
    for (let hops = 0; ; hops += 1) {
      const answer = await once(asked, limit.signal)
      const next = request.follow ? redirected(asked, answer) : undefined
      if (!next) return { ...answer, elapsedMs: performance.now() - began }
      if (hops === MOST_REDIRECTS) throw new NoAnswer('redirects')
      asked = next
    }
  } catch (thrown) {
    throw limit.signal.aborted ? limit.signal.reason : thrown
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

function once(request: HttpRequest, signal: AbortSignal): Promise<Omit<Answer, 'elapsedMs'>> {
  return new Promise((resolve, reject) => {
    const url = new URL(request.url)
    const { method, socketPath, body, ca } = request
    const client = url.protocol === 'https:' ? https : http
    const headers = { 'user-agent': 'ecluse', ...request.headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) }
    // `agent: false` is a new connection for every question: one that was kept and has gone stale must not look like a failed service.
    const asked = client.request(url, { method, headers, signal, agent: false, ...(socketPath === undefined ? {} : { socketPath }), ...(ca === undefined ? {} : { ca }) })
    // Also a second fault must find a listener.
    asked.on('error', reject)
    // A switch of protocols that nobody asked for: Node would close without another word, and we would wait for ever.
    asked.once('upgrade', (_answer, socket) => {
      socket.destroy()
      reject(new NoAnswer('switched'))
    })
    asked.once('response', (response) => {
      gather(response, request.maxBytes ?? DEFAULT_BYTES).then(resolve, (thrown: unknown) => {
        asked.destroy()
        reject(thrown)
      })
    })
    asked.end(body)
  })
}

async function gather(response: http.IncomingMessage, maxBytes: number): Promise<Omit<Answer, 'elapsedMs'>> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of bytesOf(response)) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new NoAnswer('too-long')
    chunks.push(chunk)
  }
  const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]))
  return { status: response.statusCode ?? 0, headers, body: decoded(Buffer.concat(chunks), headers['content-encoding'], maxBytes) }
}

/** We ask for no encoding; a server may send one nevertheless. */
function decoded(body: Buffer, encoding: string | undefined, maxBytes: number): string {
  const decode = DECODERS[encoding?.toLowerCase() ?? '']
  if (!decode || body.length === 0) return body.toString('utf8')
  try {
    return decode(body, { maxOutputLength: maxBytes }).toString('utf8')
  } catch (thrown) {
    throw errnoOf(thrown) === 'ERR_BUFFER_TOO_LARGE' ? new NoAnswer('too-long') : thrown
  }
}

/** The question that a redirect asks for; credentials stay with the origin they were given for. */
function redirected(asked: HttpRequest, answer: Pick<Answer, 'status' | 'headers'>): HttpRequest | undefined {
  const location = answer.headers['location']
  if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return undefined
  const from = new URL(asked.url)
  const to = new URL(location, from)
  if (to.protocol !== 'http:' && to.protocol !== 'https:') return undefined
  const same = to.origin === from.origin
  const toGet = answer.status === 303 ? asked.method !== 'HEAD' : answer.status < 303 && asked.method === 'POST'
  const { body, socketPath, ...rest } = asked
  const kept = Object.entries(asked.headers ?? {}).filter(([name]) =>
    (same || !/^(?:authorization|cookie|proxy-authorization|host)$/i.test(name)) && (!toGet || !/^content-/i.test(name)))
  return {
    ...rest, url: to.href, headers: Object.fromEntries(kept), method: toGet ? 'GET' : asked.method,
    ...(body === undefined || toGet ? {} : { body }),
    ...(socketPath !== undefined && same ? { socketPath } : {}),
  }
}
