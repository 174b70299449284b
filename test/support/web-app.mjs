// The application that test images run: what it does wrong is written in `variant.json` beside it.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const variant = JSON.parse(readFileSync(new URL('variant.json', import.meta.url), 'utf8'))
const { PORT, ECLUSE_VERSION, ECLUSE_ENVIRONMENT } = process.env
console.log(`release ${variant.version} starts`)
if (process.argv[2] === 'task') {
  console.log(`task ${process.argv.slice(3).join(' ')} with ${process.env.TASK_WORD ?? 'nothing'}`)
  if (process.argv[3] === 'sleep') await new Promise((resolve) => setTimeout(resolve, Number(process.argv[4])))
  process.exit(process.argv[3] === 'exit' ? Number(process.argv[4]) : 0)
}
if (variant.crash) {
  console.log('giving up: no configuration')
  process.exit(3)
}

const send = (response, status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

// Spread evenly, so that a share of few requests is that share.
let visits = 0
const breaks = (share) => Math.floor((visits += 1) * share) > Math.floor((visits - 1) * share)

// What it has answered, as client libraries count it: by handler and code, with durations.
const BOUNDS = [0.1, 0.3, 1, Infinity]
const counted = new Map()
const count = (handler, code, seconds) => {
  const key = `code="${code}",handler="${handler}"`
  const one = counted.get(key) ?? { within: BOUNDS.map(() => 0), sum: 0 }
  counted.set(key, { within: one.within.map((sum, index) => sum + (seconds <= BOUNDS[index] ? 1 : 0)), sum: one.sum + seconds })
}
const exposed = () => {
  const name = 'http_request_duration_seconds'
  const all = [...counted]
  return [
    '# TYPE http_requests_total counter', ...all.map(([labels, { within }]) => `http_requests_total{${labels}} ${within.at(-1)}`),
    `# TYPE ${name} histogram`,
    ...all.flatMap(([labels, { within, sum }]) => [
      ...within.map((value, index) => `${name}_bucket{${labels},le="${index === BOUNDS.length - 1 ? '+Inf' : BOUNDS[index]}"} ${value}`),
      `${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${within.at(-1)}`,
    ]), '',
  ].join('\n')
}

const kept = []
// How often each path was asked for, answered or not.
const asks = {}
// What `/planned` still has to do wrong.
const plan = { fail: 0, slow: 0 }

const answers = {
  '/plan': (request, response, query) => send(response, 200, Object.assign(plan, query.has('fail') && { fail: Number(query.get('fail')), slow: Number(query.get('slow')) })),
  '/planned': (request, response) => {
    if (plan.fail > 0) plan.fail -= 1
    else if (plan.slow > 0) {
      plan.slow -= 1
      return setTimeout(() => send(response, 200, { version: variant.version }), 1300)
    } else return send(response, 200, { version: variant.version })
    return send(response, 500, { version: variant.version })
  },
  '/health': (request, response) => send(response, variant.unhealthy ? 503 : 200, { status: variant.unhealthy ? 'failed' : 'ok', version: variant.version }),
  '/env': (request, response) => send(response, 200, { version: ECLUSE_VERSION, environment: ECLUSE_ENVIRONMENT, port: PORT, names: Object.keys(process.env), colour: process.env.COLOUR }),
  '/headers': (request, response) => send(response, 200, request.headers),
  '/echo': (request, response) => request.pipe(response),
  '/hash': async (request, response) => {
    const hash = createHash('sha256')
    for await (const chunk of request) {
      hash.update(chunk)
      if (variant.slowReaderMs) await new Promise((resolve) => setTimeout(resolve, variant.slowReaderMs))
    }
    send(response, 200, { sha256: hash.digest('hex') })
  },
  '/big': async (request, response, query) => {
    const chunk = Buffer.alloc(64 * 1024, variant.version)
    for (let left = Number(query.get('bytes')); left > 0; left -= chunk.length) {
      if (!response.write(chunk.subarray(0, Math.min(left, chunk.length)))) await new Promise((resolve) => response.once('drain', resolve))
    }
    response.end()
  },
  '/slow': (request, response, query) => setTimeout(() => send(response, 200, { version: variant.version }), Number(query.get('ms'))),
  '/fail': (request, response) => send(response, 500, { version: variant.version }),
  '/half': (request, response) => {
    response.writeHead(200, { 'content-length': 1000 })
    response.write('half of it')
    setTimeout(() => response.destroy(), 20)
  },
  '/switch': (request) => request.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n'),
  '/crash': (request, response) => {
    console.log('crashing as asked')
    response.end('bye')
    setTimeout(() => process.exit(7), 5)
  },
  '/eat': (request, response) => {
    response.end('bye')
    const all = []
    setInterval(() => all.push(Buffer.alloc(16e6, 1)), 5)
  },
  '/grow': (request, response, query) => {
    kept.push(Buffer.alloc(Number(query.get('bytes')), 1))
    response.end('bye')
  },
  '/asks': (request, response) => send(response, 200, asks),
  '/metrics': (request, response) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(exposed()),
  '/memory': (request, response) => send(response, 200, process.memoryUsage()),
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://app')
  const answer = answers[url.pathname]
  const began = performance.now()
  asks[url.pathname] = (asks[url.pathname] ?? 0) + 1
  if (url.pathname !== '/metrics') response.once('finish', () => count(answer ? url.pathname : '/', response.statusCode, (performance.now() - began) / 1000))
  // A client that leaves in the middle of its body is no reason to end.
  if (answer) void Promise.resolve(answer(request, response, url.searchParams)).catch(() => response.destroy())
  else if (breaks(variant.errorRate ?? 0)) send(response, 500, { version: variant.version })
  else setTimeout(() => send(response, 200, { version: variant.version }), variant.delayMs ?? 0)
})

// Enough of a websocket to echo short text frames.
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`)
  socket.on('error', () => socket.destroy())
  socket.on('data', (frame) => {
    const length = frame[1] & 0x7f
    if ((frame[0] & 0x0f) !== 1) {
      socket.end()
      return
    }
    const mask = frame.subarray(2, 6)
    const text = frame.subarray(6, 6 + length).map((byte, index) => byte ^ mask[index % 4])
    socket.write(Buffer.concat([Buffer.from([0x81, length]), text]))
  })
})
if (variant.stubborn) process.on('SIGTERM', () => console.log('not now'))
else process.on('SIGTERM', () => server.close(() => process.exit(0)) && server.closeIdleConnections())
setTimeout(() => server.listen(Number(PORT), process.env.HOST ?? '127.0.0.1'), variant.startMs ?? 0)
