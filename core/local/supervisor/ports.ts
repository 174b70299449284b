import { createServer } from 'node:net'

const FIRST = 20_000
const COUNT = 12_000

/**
 * A free port for an instance, below the range that systems take for outgoing connections: there, one of the many
 * connections of a busy proxy could take the port between our look and the instance's.
 */
export async function freePort(reserved: ReadonlySet<number>, random: () => number): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = FIRST + Math.floor(random() * COUNT)
    if (!reserved.has(port) && await isFree(port)) return port
  }
  throw new Error(`no free port between ${FIRST} and ${FIRST + COUNT}`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1' }, () => probe.close(() => resolve(true)))
  })
}
