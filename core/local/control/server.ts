import { chmod, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { PROTOCOL, type Fault } from '../../domain/local-control/index.js'
import { EcluseError, messageOf } from '../../errors/families.js'
import type { House } from '../house.js'
import { listen } from '../proxy/door.js'
import { prometheusText } from '../proxy/prometheus.js'
import { counters } from '../verbs/look.js'
import { newPerform, type Ending, type Perform } from './verbs.js'

const MOST_BYTES = 1024 * 1024

/** The control socket: HTTP for the user that runs the server, and for nobody else. */
export async function openControl(house: House, end: (how: Ending) => Promise<void>): Promise<Server> {
  const perform = newPerform(house, end)
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    answer(house, request, response, perform).catch((thrown: unknown) => send(response, thrown instanceof EcluseError ? 409 : 500, faultOf(thrown)))
  })
  const { socket } = house.places
  // We have the lock, so what is there belongs to a server that is gone.
  await rm(socket, { force: true })
  await listen(server, socket)
  await chmod(socket, 0o600)
  return server
}

async function answer(house: House, request: IncomingMessage, response: ServerResponse, perform: Perform): Promise<void> {
  const name = (request.url ?? '').slice(1)
  if (request.method === 'GET' && name === 'metrics') {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(prometheusText(house.environment, counters(house)))
    return
  }
  if (request.method === 'GET' && name === 'hello') return send(response, 200, { protocol: PROTOCOL, pid: process.pid })
  const left = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) left.abort()
  })
  send(response, 200, await perform(name, await bodyOf(request), left.signal))
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) throw new Error('the request is too large')
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  return text === '' ? {} : JSON.parse(text)
}

function faultOf(thrown: unknown): Fault {
  if (thrown instanceof EcluseError) return { code: thrown.code, message: thrown.message, fix: thrown.fix }
  console.error('control:', thrown)
  return { code: 'platform-refused', message: `The local server failed: ${messageOf(thrown)}` }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
