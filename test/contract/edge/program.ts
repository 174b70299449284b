/** HAProxy as a process of a test, on loopback. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Program {
  /** What HAProxy and the keeper said so far. */
  readonly told: () => string
  /** Resolves when it listens. */
  start(): Promise<void>
  signal(name: NodeJS.Signals): void
  /** Resolves when it has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

export function program(path: string, argv: readonly string[], port: number): Program {
  let child: ChildProcess | undefined
  let told = ''
  const runs = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null
  return {
    told: () => told,
    start: async () => {
      child = spawn(path, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
      for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (piece) => (told += String(piece)))
      const gone = once(child, 'exit').then(() => {
        throw new Error(`HAProxy ended: ${told}`)
      })
      gone.catch(() => undefined)
      await Promise.race([listening(port, runs), gone])
    },
    signal: (name) => {
      child?.kill(name)
    },
    kill: async (signal = 'SIGKILL') => {
      if (!runs()) return
      const exit = once(child!, 'exit')
      child!.kill(signal)
      await exit
    },
  }
}

export interface Answered {
  readonly status: number
  readonly version: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** One request on a connection of its own. */
export function ask(port: number, path: string, { method = 'GET', headers = {}, body = '' }: Asking = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (piece) => (text += String(piece)))
      response.once('end', () => resolve({
        status: response.statusCode ?? 0, version: String(response.headers['x-ecluse-version'] ?? ''), headers: response.headers, body: text,
      }))
      response.once('error', reject)
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

async function listening(port: number, still: () => boolean): Promise<void> {
  while (still()) {
    const socket = connect(port, '127.0.0.1')
    const fine = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (fine === true) return
    await sleep(10)
  }
}
