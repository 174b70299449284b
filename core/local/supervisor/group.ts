import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { lives, signalGroup, startOf } from '../process-identity.js'
import type { ProcessPlan } from './plan.js'

export interface Exit {
  readonly code?: number
  readonly signal?: string
}

/** A process and all it started, as one group. */
export interface Group {
  readonly pid: number
  readonly started: string
  /** How it ended; `undefined` while it lives. */
  exit(): Exit | undefined
  readonly exited: Promise<Exit>
  /** Asks it to end, and ends it when it did not within the limit. */
  stop(limitMs: number): Promise<Exit>
}

const LOOK_EVERY_MS = 100

/** Its output goes straight to a file: a pipe would break, and it with it, when the server dies. */
export function startGroup(plan: ProcessPlan, logFile: string): Promise<Group> {
  const log = openSync(logFile, 'a', 0o600)
  try {
    const child = spawn(plan.program, plan.args, { cwd: plan.cwd, env: { ...plan.env }, detached: true, stdio: ['ignore', log, log] })
    const exited = new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ ...(code === null ? {} : { code }), ...(signal === null ? {} : { signal }) }))
    })
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('spawn', () => {
        const pid = child.pid ?? 0
        resolve(groupOf(pid, startOf(pid) ?? '', exited))
      })
    })
  } finally {
    closeSync(log)
  }
}

/** A group that an earlier server started. Its exit code is its parent's to know, and the parent is gone. */
export function adoptGroup(pid: number, started: string): Group {
  return groupOf(pid, started, untilGone(pid, started))
}

function groupOf(pid: number, started: string, exited: Promise<Exit>): Group {
  let exit: Exit | undefined
  const ended = exited.then((how) => {
    exit = how
    // What it left behind in its group would hold its port.
    signalGroup(pid, 'SIGKILL')
    return how
  })
  return {
    pid, started,
    exit: () => exit,
    exited: ended,
    stop: async (limitMs) => {
      if (exit !== undefined) return exit
      signalGroup(pid, 'SIGTERM')
      const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), limitMs)
      const how = await ended
      clearTimeout(timer)
      return how
    },
  }
}

async function untilGone(pid: number, started: string): Promise<Exit> {
  while (lives(pid, started)) await sleep(LOOK_EVERY_MS)
  return {}
}

export function readableExit(exit: Exit): string {
  if (exit.signal !== undefined) return `ended by ${exit.signal}`
  return exit.code === undefined ? 'ended' : `exited with code ${exit.code}`
}
