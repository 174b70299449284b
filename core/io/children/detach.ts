import { spawn } from 'node:child_process'
import { mkdir, open } from 'node:fs/promises'
import path from 'node:path'
import { fileFault } from '../faults.js'
import { minimalEnvironment } from './environment.js'
import { notStarted, refused } from './failure.js'
import type { Context } from './program.js'

interface Detached {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly logFile: string
}

/**
 * Starts a program in a session of its own. Its environment is minimal, also so that it lacks the
 * mark by which a runner finds and ends what a job left behind.
 */
export async function detach(command: Detached, context: Context): Promise<{ readonly pid: number }> {
  const attempt = { ...command, what: `start \`${path.basename(command.argv[0])}\`` }
  if (context.signal?.aborted) throw refused(attempt, context.mask)
  const log = await openLog(command.logFile)
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(command.argv[0], command.argv.slice(1), {
        cwd: command.cwd, env: minimalEnvironment(context.env, command.env), detached: true, stdio: ['ignore', log.fd, log.fd],
      })
      child.once('error', (fault) => reject(notStarted(attempt, fault, context.mask)))
      child.once('spawn', () => {
        child.unref()
        resolve({ pid: child.pid! })
      })
    })
  } finally {
    await log.close()
  }
}

async function openLog(file: string): ReturnType<typeof open> {
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    return await open(file, 'a', 0o600)
  } catch (thrown) {
    throw fileFault('open the log', file, thrown)
  }
}
