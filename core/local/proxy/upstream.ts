import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Duplex } from 'node:stream'
import { newCounters, type Counters } from './counters.js'

/** An instance as the proxy sees it. */
export interface Upstream {
  readonly id: string
  readonly version: string
  readonly port: number
  /** Connections that are used again; only for requests that may be asked twice. */
  readonly agent: Agent
  readonly counters: Counters
  /** Notes a request on its way; the answer is called once when it has ended. */
  enter(cut: () => void): () => void
  enterSocket(client: Duplex): void
  readonly inFlight: () => number
  /** Waits for what is on its way, at most so long, then ends the rest: websockets with 1001, requests by cutting them. */
  drain(limitMs: number): Promise<{ readonly cut: number }>
}

// A server may close an idle connection at the very moment we use it again: most wait 5 s, so we wait less.
const IDLE_MS = 1500
// Close, reason 1001 "going away", as a server sends it: not masked.
const GOING_AWAY = Buffer.from([0x88, 0x02, 0x03, 0xe9])

export function newUpstream(id: string, version: string, port: number): Upstream {
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 64, scheduling: 'lifo' })
  const requests = new Set<() => void>()
  const sockets = new Set<Duplex>()
  return {
    id, version, port, agent,
    counters: newCounters(),
    enter: (cut) => {
      requests.add(cut)
      return () => requests.delete(cut)
    },
    enterSocket: (client) => {
      sockets.add(client)
      client.once('close', () => sockets.delete(client))
    },
    inFlight: () => requests.size + sockets.size,
    drain: async (limitMs) => {
      const end = performance.now() + limitMs
      while (requests.size + sockets.size > 0 && performance.now() < end) await sleep(20)
      const cut = requests.size
      for (const client of sockets) client.end(GOING_AWAY)
      if (sockets.size > 0) await sleep(50)
      for (const client of sockets) client.destroy()
      for (const cutOne of requests) cutOne()
      agent.destroy()
      return { cut }
    },
  }
}
