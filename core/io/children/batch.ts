import { spawn } from 'node:child_process'

const ASKING_MS = 5000

/**
 * Linux's policy for what only has to get done (SCHED_BATCH of sched(7)): a program of it is not let in at once for every few bytes that
 * arrive, so that programs in a row change places less often. No more than a wish: where nobody grants it, all goes on as it is.
 */
export function runInBatch(pid: number, { PATH = '' }: Record<string, string>, signal: AbortSignal | undefined): void {
  const bound = AbortSignal.any([AbortSignal.timeout(ASKING_MS), ...(signal === undefined ? [] : [signal])])
  try {
    spawn('chrt', ['-a', '-b', '-p', '0', String(pid)], { env: { PATH }, stdio: 'ignore', signal: bound, killSignal: 'SIGKILL' }).on('error', () => undefined)
  } catch {
    // A machine that is out of memory says so at once; the program that was started must not be lost over a wish.
  }
}
