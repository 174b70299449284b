// Programs that the lab starts. Each dies with the lab, however that ends.
import { spawn, spawnSync } from 'node:child_process'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export const poll = async (within, look) => {
  const deadline = performance.now() + within
  for (;;) {
    const seen = await look()
    if (seen || performance.now() > deadline) return seen
    await sleep(20)
  }
}

/** Starts a program whose output goes to `log`; `death` is the signal it gets when the lab dies. `gone()` tells whether it has ended. */
export const start = (program, args, { log, env = {}, before = [], death = 'TERM' }) => {
  const out = openSync(log, 'a')
  // The fourth descriptor is the lab's lock: a program that held it, too, would keep the next lab from starting.
  const stdio = ['ignore', out, out, 'ignore']
  const [first, ...rest] = ['setpriv', '--pdeathsig', death, ...before, program, ...args]
  const child = spawn(first, rest, { env: { PATH: process.env.PATH, ...env }, stdio, detached: true })
  closeSync(out)
  child.on('error', () => undefined)
  const gone = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null
  const last = () => readFileSync(log, 'utf8').trim().split('\n').slice(-8).join('\n')
  return { pid: child.pid, gone, last, kill: (signal) => child.kill(signal) }
}

/** Asks it to end, then makes it. */
export const halt = async (child, within = 8000) => {
  for (const [signal, patience] of [['SIGTERM', within], ['SIGKILL', 5000]]) {
    if (child.gone()) return
    child.kill(signal)
    await poll(patience, child.gone)
  }
}

/** Runs a short program to its end and gives what it printed. */
export const call = (program, args, { env = {}, input = '' } = {}) => {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000, input, env: { PATH: process.env.PATH, ...env } })
  if (error || status !== 0) throw new Error(`\`${[program, ...args].join(' ')}\` ended with ${status ?? error?.message}: ${(stderr ?? '').trim()}`)
  return stdout
}
