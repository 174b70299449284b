// Runs the bundled actions, keeps what each said and put out.
import { startAction } from '../../test/support/runner.mjs'

const KILL_AFTER_MS = 8000

/** An action that did not end as the story needs; carries what it printed. */
export class UnexpectedEnd extends Error {
  constructor(run, expected) {
    super(`\`${run.action}\` ended with reason "${run.outputs.reason ?? 'none'}" and exit code ${run.code}; expected was "${expected}".`)
    this.said = `${run.stdout}\n${run.stderr}`.trim().split('\n').filter((line) => !isHidden(line)).slice(-40).join('\n')
  }
}

/** Commands to the runner; some of them tell it which values are secret. */
const isHidden = (line) => /^::(add-mask|stop-commands|save-state|set-output)/.test(line)

/** `run(action, inputs, expected reasons)` as a job's step: main, then post. */
export function newRuns({ cwd, env, onLine }) {
  const all = []
  let current
  const run = async (action, inputs, expected) => {
    const startedAt = Date.now()
    current = await startAction({ action, inputs, env, cwd, onLine: (line) => (line.startsWith('::') ? undefined : onLine(line)) })
    try {
      const result = await current.finished
      const post = await current.post()
      const done = { action, inputs, startedAt, ...result, ...(post === undefined ? {} : { post }) }
      all.push(done)
      if (!expected.includes(done.outputs.reason)) throw new UnexpectedEnd(done, expected.join('" or "'))
      return done
    } finally {
      await current.close()
      current = undefined
    }
  }
  const stop = async () => {
    if (current === undefined) return
    const { kill, finished } = current
    kill('SIGINT')
    const timer = setTimeout(() => kill('SIGKILL'), KILL_AFTER_MS)
    await finished.catch(() => undefined)
    clearTimeout(timer)
  }
  return { run, all, stop }
}
