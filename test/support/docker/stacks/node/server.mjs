// A small shop: counts visits in Redis, and looks whether PostgreSQL can be reached.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import net from 'node:net'

const { version: built, faults = 0 } = JSON.parse(readFileSync(new URL('release.json', import.meta.url), 'utf8'))
const { PORT = '3000', DATABASE_URL = '', REDIS_URL = '', ECLUSE_VERSION: version = built } = process.env

const reached = (address, ask = '') =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(address)
    const socket = net.connect({ host: hostname, port: Number(port), timeout: 2000 })
    socket.once('connect', () => (ask === '' ? finish('') : socket.write(ask)))
    socket.once('data', (answer) => finish(String(answer)))
    socket.once('error', reject)
    socket.once('timeout', () => reject(new Error(`${hostname} does not answer`)) ?? socket.destroy())
    const finish = (answer) => {
      socket.destroy()
      resolve(answer)
    }
  })

const visit = async () => Number(/^:(\d+)/.exec(await reached(REDIS_URL, 'INCR visits\r\n'))?.[1])

const send = (response, status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

// Spread evenly, so that a share of few requests is that share.
let served = 0
const breaks = () => Math.floor((served += 1) * faults) > Math.floor((served - 1) * faults)

const answers = {
  '/health': async (response) => {
    await reached(DATABASE_URL)
    send(response, 200, { status: 'ok', version, database: 'reached' })
  },
  '/visits': async (response) => send(response, 200, { version, visits: await visit() }),
}

const server = createServer((request, response) => {
  const answer = answers[new URL(request.url, 'http://shop').pathname]
  if (answer) answer(response).catch((error) => send(response, 503, { status: 'failed', version, error: error.message }))
  else send(response, breaks() ? 500 : 200, { version })
})
process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})
server.listen(Number(PORT), '0.0.0.0')
