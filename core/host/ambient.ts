import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemClock } from '../io/clock.js'
import { systemHttp } from '../io/http.js'
import { systemProcesses } from '../io/process.js'
import type { Ambient } from '../ports/ambient.js'
import type { Files } from '../ports/files.js'
import type { TracedRun } from '../ports/tracing.js'
import type { Face } from './faces/face.js'
import { githubAccess } from './github-access.js'
import { runInfo } from './run-info.js'
import type { Secrets } from './secrets.js'
import { tracedHttp, tracedLog, tracedProcesses } from './traced.js'

export interface Surroundings {
  readonly face: Face
  readonly env: Readonly<Record<string, string>>
  readonly secrets: Secrets
  readonly files: Files
  readonly signal: AbortSignal
  /** The suite's folder. */
  readonly root: string
  readonly remember: (name: string, value: string) => void
  readonly tracing?: TracedRun | undefined
}

export interface Grounds {
  readonly ambient: Ambient
  /** Kills every program that runs now. */
  readonly killAll: () => void
  /** Does what was left for the end of the work; what takes too long or fails is left undone. */
  readonly tidy: () => Promise<void>
}

const TIDY_MS = 3000

export function buildAmbient({ face, env, secrets, files, signal, root, remember, tracing }: Surroundings): Grounds {
  const kills: (() => void)[] = []
  const tidying: (() => Promise<void>)[] = []
  const run = runInfo(env)
  const access = githubAccess(env, face.raw['token'])
  if (access !== undefined) face.hide(access.token)
  const github = access === undefined ? {} : { github: access }
  const startedAt = Math.round(performance.timeOrigin)
  const paths = {
    work: (face.kind === 'runner' ? env['GITHUB_WORKSPACE'] : undefined) ?? process.cwd(),
    temp: env['RUNNER_TEMP'] ?? tmpdir(),
    dist: path.join(root, 'dist'),
    node: process.execPath,
  }
  const mask = (text: string): string => secrets.mask(text)
  const log = tracing === undefined ? face.log : tracedLog(face.log, tracing)
  const under = (bound: AbortSignal): Ambient => {
    const processes = systemProcesses({ signal: bound, env, mask })
    kills.push(() => processes.killAll())
    const http = systemHttp({ signal: bound, mask })
    const effects = tracing === undefined ? { http, process: processes } : { http: tracedHttp(http, tracing), process: tracedProcesses(processes, tracing), tracing }
    return {
      clock: systemClock(), ...effects, files, log, signal: bound, run, ...github, startedAt, paths, remember,
      mask: (secret) => face.hide(secret),
      shielded: (limitMs) => under(AbortSignal.timeout(limitMs)),
      atEnd: (tidy) => void tidying.push(tidy),
    }
  }
  return { ambient: under(signal), killAll: () => kills.forEach((kill) => kill()), tidy: () => allDone(tidying) }
}

async function allDone(tidying: (() => Promise<void>)[]): Promise<void> {
  const all = async (): Promise<void> => {
    // Beside each other: what hangs keeps nothing else from being tidied up. What is left while that goes on is the next round's.
    while (tidying.length > 0) await Promise.all(tidying.splice(0).toReversed().map((tidy) => tidy().catch(() => undefined)))
  }
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, TIDY_MS)
  })
  await Promise.race([all(), over])
  clearTimeout(timer)
}
