/** Stands between `kubectl` and the API server, as a load balancer does, and can cut the connection that carries most. */
import { once } from 'node:events'
import net from 'node:net'

export interface Relay {
  readonly port: number
  cutBusiest(): void
  close(): void
}

interface Pair {
  readonly near: net.Socket
  readonly far: net.Socket
}

export async function startRelay(target: number): Promise<Relay> {
  const pairs = new Set<Pair>()
  const cut = ({ near, far }: Pair): void => {
    near.destroy()
    far.destroy()
  }
  const server = net.createServer((near) => {
    const far = net.connect(target, '127.0.0.1')
    const pair = { near, far }
    pairs.add(pair)
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) {
      socket.on('error', () => cut(pair))
      socket.on('close', () => pairs.delete(pair))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as net.AddressInfo).port,
    cutBusiest() {
      const [busiest] = [...pairs].toSorted((a, b) => b.far.bytesRead - a.far.bytesRead)
      if (busiest === undefined) throw new Error('There is no connection to cut.')
      cut(busiest)
    },
    close() {
      for (const pair of pairs) cut(pair)
      server.close()
    },
  }
}
