/** Surroundings of a flow on the real machine, for tests of drivers. */
import path from 'node:path'
import { systemClock } from '../../core/io/clock.js'
import { systemFiles } from '../../core/io/files.js'
import { systemHttp } from '../../core/io/http.js'
import { systemProcesses } from '../../core/io/process.js'
import type { Ambient } from '../../core/ports/ambient.js'

export function realAmbient(paths: { readonly work: string; readonly dist: string }, signal: AbortSignal = new AbortController().signal): Ambient {
  const quiet = (): void => undefined
  const ambient: Ambient = {
    clock: systemClock(), http: systemHttp({ signal }), process: systemProcesses({ signal, env: process.env }), files: systemFiles(),
    log: { step: quiet, info: quiet, progress: quiet, warn: quiet, error: quiet, debug: quiet },
    signal,
    run: { id: 'test', attempt: 1, actor: 'test', workflow: 'test', job: 'test', url: '', host: 'test', pid: process.pid, started: '' },
    startedAt: Date.now(),
    paths: { ...paths, temp: path.join(paths.work, 'temp'), node: process.execPath },
    mask: quiet,
    shielded: () => ambient,
    remember: quiet,
  }
  return ambient
}
