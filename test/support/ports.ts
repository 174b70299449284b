/** Ports for programs that are told theirs before they bind it, seconds later as may be. */
import { createServer } from 'node:net'

/** Below those that the system hands out to whoever asks for any, so nobody else gets one meanwhile; and to each worker of jest its own. */
const FIRST = 16_000
const EACH = 4000
const WORKERS = 3

const first = FIRST + (Number(process.env['JEST_WORKER_ID'] ?? 0) % WORKERS) * EACH
let taken = Math.floor(Math.random() * EACH)

export async function unusedPort(): Promise<number> {
  for (let tries = 0; tries < EACH; tries += 1) {
    const port = first + ((taken += 1) % EACH)
    if (await isFree(port)) return port
  }
  throw new Error(`All ports from ${first} to ${first + EACH} are taken.`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)))
  })
}
