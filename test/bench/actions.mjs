// The bundled actions as a runner starts them, with their time and their memory.
import os from 'node:os'
import { startAction } from '../support/runner.mjs'
import { watchMemory } from './memory.mjs'

const END_WITHIN_MS = 10_000

/**
 * `run(action, inputs, reasons)`: main, then post. Rejects when it ends for a reason that is none of these. `stop` ends what runs.
 * `apart`: it takes no processor from anybody, as on a runner that is another machine than the users'.
 */
export function newRuns({ cwd, env }) {
  let current
  const interrupted = new AbortController()
  const run = async (action, inputs, reasons, { apart = false } = {}) => {
    interrupted.signal.throwIfAborted()
    const startedAt = Date.now()
    current = await startAction({ action, inputs, env, cwd })
    if (apart) os.setPriority(current.pid, os.constants.priority.PRIORITY_LOW)
    const memory = watchMemory(current.pid)
    try {
      const { code, ms, stdout, outputs } = await current.finished
      const mb = memory.done()
      await current.post()
      if (!reasons.includes(outputs.reason)) throw new Error(`\`${action}\` ended with reason "${outputs.reason ?? 'none'}" and exit code ${code}; expected was "${reasons.join('" or "')}". It said last:\n${stdout.split('\n').filter((line) => !line.startsWith('::add-mask')).slice(-30).join('\n')}`)
      return { startedAt, endedAt: startedAt + ms, ms, mb, outputs, stdout }
    } finally {
      memory.done()
      await current.close()
      current = undefined
    }
  }
  const stop = async () => {
    interrupted.abort(new Error('Interrupted.'))
    if (current === undefined) return
    const { kill, finished } = current
    kill('SIGINT')
    const limit = setTimeout(() => kill('SIGKILL'), END_WITHIN_MS)
    await finished.catch(() => undefined)
    clearTimeout(limit)
  }
  return { run, stop }
}

/** Does `work` with what can be interrupted: at Ctrl-C what runs goes back first, and what was made is removed. */
export async function interruptible({ stop }, work) {
  const interrupt = () => void stop()
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, interrupt)
  try {
    return await work()
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, interrupt)
  }
}
