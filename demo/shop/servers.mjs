// The `local` platform outlives the runs that use it, so whoever started it for a while has to end it.
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const STOP_MS = 15_000

const alive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** One question to the server of an environment over its own socket. */
export const askServer = (card, verb) =>
  new Promise((resolve, reject) => {
    const request = http.request({ socketPath: card.socket, path: `/${verb}`, method: 'POST', headers: { 'content-type': 'application/json' }, timeout: STOP_MS }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => { text += chunk }).once('end', () => resolve(JSON.parse(text || '{}')))
    })
    request.once('timeout', () => request.destroy(new Error(`no answer to ${verb}`))).once('error', reject).end('{}')
  })

export async function cardOf(state, environment) {
  const text = await readFile(path.join(state, 'local', environment, 'server.json'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}

/** Ends the server of an environment and all that it runs. */
export async function stopServer(state, environment) {
  const card = await cardOf(state, environment)
  if (card === undefined || !alive(card.pid)) return
  await askServer(card, 'stop').catch(() => undefined)
  const end = Date.now() + STOP_MS
  while (alive(card.pid) && Date.now() < end) await sleep(20)
  if (alive(card.pid)) process.kill(card.pid, 'SIGKILL')
}
