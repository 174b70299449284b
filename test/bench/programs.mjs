// Peers: programs as people type them, timed from their start to their end.
import { spawn } from 'node:child_process'
import { watchMemory } from './memory.mjs'

const LIMIT_MS = 1_200_000

/** Rejects with what it said when it fails. `said`: the end of its output; `mb`: the most that it, or a program of its own, had in memory. */
export function runTimed(program, argv, { env, cwd }) {
  const startedAt = Date.now()
  const began = performance.now()
  const child = spawn(program, argv, { env: { HOME: process.env.HOME, LANG: 'C.UTF-8', ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const memory = watchMemory(child.pid, { children: true })
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { said = `${said}${text}`.slice(-4000) })
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      clearTimeout(limit)
      const mb = memory.done()
      if (code === 0) resolve({ startedAt, ms: performance.now() - began, mb, said })
      else reject(new Error(`\`${program} ${argv.join(' ')}\` ended with ${code}:\n${said}`))
    })
  })
}

/** What one program says goes into another; how long both took (ms). */
export async function pipeTimed([first, ...firstArgv], [second, ...secondArgv]) {
  const began = performance.now()
  const from = spawn(first, firstArgv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const into = spawn(second, secondArgv, { stdio: [from.stdout, 'ignore', 'inherit'] })
  from.stdout.destroy()
  const codes = await Promise.all([from, into].map((child) => new Promise((resolve, reject) => { child.once('error', reject).once('close', resolve) })))
  if (codes.some((code) => code !== 0)) throw new Error(`\`${first} | ${second}\` ended with ${codes.join(' and ')}.`)
  return performance.now() - began
}
