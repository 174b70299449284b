import { spawn, type ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { runInBatch } from './batch.js'
import { signalGroup, stopGroup } from './group.js'

/** Who ended it: itself, or we and why. */
export type Cause = 'itself' | 'time-out' | 'abort' | 'unwanted'

export interface Ending {
  readonly cause: Cause
  readonly exitCode?: number
  readonly signal?: string
  /** It could not be started at all. */
  readonly fault?: Error
  readonly elapsedMs: number
}

export interface Running {
  readonly child: ChildProcess
  /** Settles when the program has ended and its output is read; never rejects. */
  readonly ended: Promise<Ending>
  stop(cause: Cause): void
}

export interface Call {
  readonly argv: readonly [string, ...string[]]
  readonly env: Record<string, string>
  readonly cwd?: string
  readonly as?: { readonly uid: number; readonly gid: number }
  readonly timeoutMs: number
  readonly batch?: true
  /** Or the standard output of another program, which this one then reads by itself. */
  readonly stdin: 'pipe' | 'ignore' | Readable
  /** `ours`: read as it comes. `caller`: somebody else reads standard output, at a pace of their own. */
  readonly reads: 'ours' | 'caller'
}

export interface Surroundings {
  readonly signal: AbortSignal | undefined
  /** Leaders of the process groups that run now. */
  readonly groups: Set<number>
}

/** A grandchild may keep the pipe open for ever; what the program itself wrote is there long before. */
const LAST_OUTPUT_MS = 1000
const LONGEST_TIMER = 2 ** 31 - 1

type Exit = Pick<Ending, 'exitCode' | 'signal' | 'fault'>

/** Starts a program as the leader of a process group of its own, so that all it starts can be ended with it. */
export function start(call: Call, { signal, groups }: Surroundings): Running {
  const began = performance.now()
  const child = spawn(call.argv[0], call.argv.slice(1), {
    env: call.env, detached: true, stdio: [call.stdin, 'pipe', 'pipe'], ...(call.cwd === undefined ? {} : { cwd: call.cwd }), ...call.as,
  })
  const { pid } = child
  if (pid !== undefined) {
    groups.add(pid)
    if (call.batch === true) runInBatch(pid, call.env, signal)
  }
  let cause: Cause = 'itself'
  let settled = false
  const stopped = deferred()
  const stop = (why: Cause): void => {
    if (cause !== 'itself' || settled || pid === undefined) return
    cause = why
    void stopGroup(pid).then(stopped.resolve)
  }
  const onAbort = (): void => stop('abort')
  signal?.addEventListener('abort', onAbort, { once: true })
  const timer = setTimeout(() => stop('time-out'), Math.min(call.timeoutMs, LONGEST_TIMER))

  const finish = async (): Promise<Ending> => {
    const exit = await endOf(child, call.reads, stopped.promise)
    settled = true
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    if (cause !== 'itself') await stopped.promise
    if (pid !== undefined) groups.delete(pid)
    return { cause, ...exit, elapsedMs: performance.now() - began }
  }
  return { child, ended: finish(), stop }
}

async function endOf(child: ChildProcess, reads: Call['reads'], stopped: Promise<void>): Promise<Exit> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (fault) => resolve(child.pid === undefined ? { fault } : {}))
    child.once('exit', (code, signal) => resolve({ ...(code === null ? {} : { exitCode: code }), ...(signal === null ? {} : { signal }) }))
  })
  const exit = await Promise.race([exited, stopped.then(lastMoment).then((): Exit => ({}))])
  if (exit.fault === undefined) await Promise.race([closed, (reads === 'ours' ? Promise.resolve() : stopped).then(lastMoment)])
  for (const stream of child.stdio) stream?.destroy()
  return exit
}

/** Passes a turn of the event loop after the wait, so that what arrived while it was busy is read first. */
async function lastMoment(): Promise<void> {
  await pause(LAST_OUTPUT_MS, undefined, { ref: false })
  await nextTurn()
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

/** The last resort of a process that is about to end itself. */
export function killAll(groups: ReadonlySet<number>): void {
  for (const leader of groups) signalGroup(leader, 'SIGKILL')
}
