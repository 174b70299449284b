// The application that a caller's repository holds; what is wrong with it is written in `variant.json` beside it.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const { PORT, ECLUSE_VERSION: version, ECLUSE_ENVIRONMENT: environment } = process.env
const { crash = false, closed = [], errors = {} } = JSON.parse(readFileSync(new URL('variant.json', import.meta.url), 'utf8'))
if (crash) {
  console.log('no stock, no shop')
  process.exit(3)
}

// Spread evenly, so that a share of few requests is that share.
const share = errors[environment] ?? 0
let visits = 0
const breaks = () => Math.floor((visits += 1) * share) > Math.floor((visits - 1) * share)

const server = createServer((request, response) => {
  if (request.url === '/health') response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'ok', version }))
  else if (request.url === '/door') response.writeHead(200).end(closed.includes(environment) ? 'closed' : 'open')
  else if (request.url === '/favicon.ico') response.writeHead(200).end()
  else response.writeHead(breaks() ? 500 : 200).end(`shop ${version}`)
})
process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})
server.listen(Number(PORT), '127.0.0.1')
