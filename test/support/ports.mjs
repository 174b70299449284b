// Ports for what is started later. They lie below the range from which systems give one to whoever asks for any, and below the ports that
// the `local` platform takes: nobody is given one between the look and its use. Each process looks in a part of its own.
import { createServer } from 'node:net'

// Nobody fetches from 10080, which is among the ports that clients refuse.
const FIRST = 11_000
const PARTS = 9
const EACH = 1000

const begin = FIRST + (process.pid % PARTS) * EACH
let next = Math.floor(Math.random() * EACH)

const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

/** One of this machine that nobody listens on. */
export const unusedPort = async () => {
  for (let tries = 0; tries < EACH; tries += 1) {
    next += 1
    const port = begin + (next % EACH)
    if (await isFree(port)) return port
  }
  throw new Error(`No port from ${begin} to ${begin + EACH - 1} is free.`)
}
