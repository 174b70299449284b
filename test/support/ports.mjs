// Ports for what is started a moment later and wants to be told its port.
import { createServer } from 'node:net'

// Below those that the system hands out by itself (from 32768 on Linux, 49152 elsewhere): nobody is given one between our look and its use.
const LOWEST = 12_000
const HIGHEST = 30_000

// Processes that run at the same time begin at different ones.
let last = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))

const isFree = (port) => new Promise((resolve) => {
  const probe = createServer()
  probe.once('error', () => resolve(false))
  probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
})

export async function unusedPort() {
  for (let tries = LOWEST; tries < HIGHEST; tries += 1) {
    last = last + 1 < HIGHEST ? last + 1 : LOWEST
    const port = last
    if (await isFree(port)) return port
  }
  throw new Error(`Every port from ${LOWEST} to ${HIGHEST} is in use.`)
}
