import type { RunInfo } from '../../../core/domain/history.js'
import { systemFiles } from '../../../core/io/files.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Files } from '../../../core/ports/files.js'
import type { Processes } from '../../../core/ports/process.js'

export function aRun(id: string, host: string, pid: number): RunInfo {
  return { id, attempt: 1, actor: 'ada', workflow: 'deliver', job: 'production', url: `https://ci.example/${id}`, host, pid, started: `${pid}0` }
}

/** A clock and a table of processes that several clients share. */
export class World {
  time = Date.UTC(2026, 2, 14, 14, 5)
  readonly dead = new Set<number>()

  /** The same where waiting moves the clock on, in a repository on GitHub. */
  waiting(run: RunInfo, { url, repository }: { readonly url: string; readonly repository: string }): Ambient {
    const sleep = (ms: number): Promise<void> => {
      this.time += ms
      return new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
    const github = { api: url, server: 'https://github.example', repository, token: 'ghs_fake', hosted: true }
    const quiet = (): void => undefined
    const log = { step: quiet, info: quiet, progress: quiet, warn: quiet, error: quiet, debug: quiet }
    return { ...this.ambient(run), log, clock: { now: () => this.time, sleep }, github }
  }

  ambient(run: RunInfo, files: Files = systemFiles()): Ambient {
    const unused = (): never => {
      throw new Error('the ledger needs no such thing')
    }
    const process: Processes = {
      run: unused, stream: unused, converse: unused, script: unused, detach: unused, which: unused,
      alive: (pid, started) => !this.dead.has(pid) && started === `${pid}0`,
    }
    return {
      clock: { now: () => this.time, sleep: unused },
      http: { request: unused, certificate: unused },
      process,
      files,
      log: { step: unused, info: unused, progress: unused, warn: unused, error: unused, debug: unused },
      startedAt: this.time,
      signal: new AbortController().signal,
      run,
      paths: { work: '/', temp: '/', dist: '/', node: '/' },
      mask: unused,
      shielded: unused,
      remember: unused,
    }
  }
}
