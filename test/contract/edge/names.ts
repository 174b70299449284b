/** DNS over TCP as an engine answers it: at once for names it knows, and with what the world says for others. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface Names {
  readonly host: string
  readonly port: number
  readonly known: Map<string, readonly string[]>
  /** What it does with a name it does not know. */
  stranger: 'nobody' | 'silence' | 'failure'
  readonly asked: () => number
  /** As when the engine is down. */
  down(): Promise<void>
  up(): Promise<void>
}

export async function names(): Promise<Names> {
  let asked = 0
  let server: Server | undefined
  let port = 0
  const sockets = new Set<Socket>()
  const serve = async (): Promise<void> => {
    server = createServer((socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.on('error', () => socket.destroy())
      let held = Buffer.alloc(0)
      socket.on('data', (piece) => {
        held = Buffer.concat([held, piece])
        if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return
        asked += 1
        const reply = answered(held.subarray(2), self)
        if (reply !== undefined) socket.write(reply)
      })
    })
    await new Promise<void>((resolve) => {
      server!.listen(port, '127.0.0.1', resolve)
    })
    port = (server.address() as AddressInfo).port
  }
  const self: Names = {
    host: '127.0.0.1',
    get port() {
      return port
    },
    known: new Map(), stranger: 'nobody', asked: () => asked,
    down: async () => {
      const closed = new Promise((resolve) => {
        server!.close(resolve)
      })
      for (const socket of sockets) socket.destroy()
      await closed
    },
    up: serve,
  }
  await serve()
  return self
}

const A = 1
const AAAA = 28

function answered(query: Buffer, { known, stranger }: Names): Buffer | undefined {
  const labels: string[] = []
  let at = 12
  while (query[at] !== 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
    at += 1 + query[at]!
  }
  const question = query.subarray(12, at + 5)
  const kind = query.readUInt16BE(at + 1)
  const addresses = known.get(labels.join('.'))
  if (addresses === undefined && stranger === 'silence') return undefined
  const found = (addresses ?? []).filter((address) => address.includes(':') === (kind === AAAA) && (kind === A || kind === AAAA))
  const code = addresses !== undefined ? 0 : stranger === 'failure' ? 2 : 3
  const head = Buffer.from([query[0]!, query[1]!, 0x81, 0x80 + code, 0, 1, 0, found.length, 0, 0, 0, 0])
  const rows = found.map((address) => {
    const data = kind === A ? Buffer.from(address.split('.').map(Number)) : Buffer.from(address.split(':').map((part) => part.padStart(4, '0')).join(''), 'hex')
    return Buffer.concat([Buffer.from([0xc0, 0x0c, 0, kind, 0, 1, 0, 0, 0, 0, 0, data.length]), data])
  })
  const body = Buffer.concat([head, question, ...rows])
  return Buffer.concat([Buffer.from([body.length >> 8, body.length & 0xff]), body])
}
