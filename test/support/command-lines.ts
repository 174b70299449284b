/** What the programs of this machine were started with while something went on. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const watcher = fileURLToPath(new URL('command-lines-watcher.mjs', import.meta.url))

export interface Watched<T> {
  readonly result: T
  /** One command line a line, spaces between its words. Whoever looks for secrets in it shows first that it has the commands in question. */
  readonly seen: string
}

/**
 * Of all processes. A thread of its own looks every two milliseconds, so that no busy test makes it blind, and the work begins once it does;
 * only a command that is over sooner can be missed. Fails where nobody could look.
 */
export async function commandLinesDuring<T>(work: () => Promise<T>): Promise<Watched<T>> {
  const over = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(watcher, { workerData: over, execArgv: [] })
  try {
    await nextOf(thread)
    const lines = nextOf(thread)
    // That it failed is told when the work is done.
    lines.catch(() => undefined)
    const result = await work()
    Atomics.store(over, 0, 1)
    Atomics.notify(over, 0)
    return { result, seen: await lines }
  } finally {
    await thread.terminate()
  }
}

export interface Running {
  readonly pid: number
  /** Spaces between its words. */
  readonly line: string
}

/** Programs that run now and have this in their command line. */
export function programsWith(text: string): readonly Running[] {
  return all().filter(({ line }) => line.includes(text))
}

/** Programs that run now and were given this variable, as `NAME=value`. */
export function programsGiven(variable: string): readonly Running[] {
  return all().filter(({ pid }) => saidOf(pid, 'environ').split('\0').includes(variable))
}

function all(): readonly Running[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => ({ pid: Number(pid), line: saidOf(pid, 'cmdline').replaceAll('\0', ' ').trim() }))
}

/** Empty when it is gone. */
function saidOf(pid: string | number, what: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8')
  } catch {
    return ''
  }
}

/** What it says next. */
function nextOf(thread: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    const failed = (cause?: unknown): void => reject(new Error('Nobody could watch which commands ran.', { cause }))
    thread.once('message', resolve).once('error', failed).once('exit', failed)
  })
}
