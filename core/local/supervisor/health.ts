import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Group } from './group.js'

const ASK_EVERY_MS = 15
const ONE_ANSWER_MS = 2000

/** What an instance says of its health: the status it answers with, or why it does not. */
export function askHealth(port: number, path: string, limitMs: number = ONE_ANSWER_MS): Promise<{ readonly ok: boolean; readonly found: string }> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path, method: 'GET', agent: false, headers: { 'user-agent': 'ecluse-health' } }, (answer) => {
      const status = answer.statusCode ?? 0
      answer.resume()
      answer.once('close', () => resolve({ ok: status >= 200 && status < 300, found: `${path} answered ${status}` }))
    })
    asked.once('upgrade', (_answer, socket) => {
      socket.destroy()
      resolve({ ok: false, found: `${path} answered 101` })
    })
    const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${limitMs} ms`)), limitMs)
    asked.once('close', () => clearTimeout(timer))
    asked.once('error', (fault: NodeJS.ErrnoException) => resolve({ ok: false, found: `${path}: ${fault.code ?? fault.message}` }))
    asked.end()
  })
}

export type Readiness = { readonly healthy: true } | { readonly healthy: false; readonly because: 'exit' | 'late' | 'called-off'; readonly found: string }

/** Asks until the instance is healthy, has ended, is late or nobody waits for it any more. */
export async function untilHealthy(group: Group, port: number, path: string, limitMs: number, signal: AbortSignal): Promise<Readiness> {
  const end = performance.now() + limitMs
  let found = `${path} was not asked`
  for (;;) {
    if (signal.aborted) return { healthy: false, because: 'called-off', found }
    if (group.exit() !== undefined) return { healthy: false, because: 'exit', found }
    const left = end - performance.now()
    if (left <= 0) return { healthy: false, because: 'late', found }
    const answer = await askHealth(port, path, Math.max(100, Math.min(ONE_ANSWER_MS, left)))
    // Something else on its port must not pass for a process that is gone.
    if (answer.ok && group.exit() === undefined) return { healthy: true }
    found = answer.found
    await sleep(ASK_EVERY_MS)
  }
}
