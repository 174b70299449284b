/** A registry behind a door that tests can hold: requests to push wait there. */
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'

export interface SlowRegistry {
  readonly address: string
  /** From now on pushes wait; resolves when the first one does. */
  hold(): Promise<void>
  /** Cuts those that wait, and lets everybody in. */
  cut(): void
  /** What was asked that changes something, as `PUT /v2/…`. */
  readonly changes: readonly string[]
  close(): Promise<void>
}

export async function slowRegistry(behind: string): Promise<SlowRegistry> {
  const changes: string[] = []
  const waiting = new Set<IncomingMessage>()
  let held: (() => void) | undefined
  const server = createServer((asked, answer) => {
    const changing = asked.method !== 'GET' && asked.method !== 'HEAD'
    if (changing) changes.push(`${asked.method} ${asked.url}`)
    if (!changing || held === undefined) return forward(asked, answer, behind)
    waiting.add(asked)
    held()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  const cut = (): void => {
    held = undefined
    for (const asked of waiting) asked.destroy()
    waiting.clear()
  }
  return {
    address: `127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`,
    hold: () => new Promise((resolve) => {
      held = resolve
    }),
    cut,
    changes,
    async close() {
      cut()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function forward(asked: IncomingMessage, answer: ServerResponse, behind: string): void {
  const [host, port] = behind.split(':')
  const onwards = ask({ host, port, method: asked.method, path: asked.url, headers: asked.headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(answer)
  })
  onwards.on('error', () => answer.destroy())
  asked.pipe(onwards)
}
