import { readableDuration } from '../../core/domain/duration.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { SmokeRequest } from './request.js'

export interface Integrated {
  readonly ok: boolean
  readonly message: string
  readonly lastLines: readonly string[]
  readonly elapsedMs: number
}

/** The user's own tests, told by environment variables where to look. */
export async function integrate({ environment, checks, integrationWithinMs }: SmokeRequest, script: string, version: string, ambient: Ambient): Promise<Integrated> {
  const { exitCode, timedOut, lastLines, elapsedMs } = await ambient.process.script({
    what: 'run the integration tests',
    script,
    env: { ECLUSE_URL: checks.url, ECLUSE_VERSION: version, ECLUSE_ENVIRONMENT: environment.name },
    cwd: ambient.paths.work,
    timeoutMs: integrationWithinMs,
    onLine: (line) => ambient.log.info(line),
  })
  const ok = !timedOut && exitCode === 0
  const took = readableDuration(elapsedMs)
  const message = timedOut
    ? `The integration tests did not end within ${readableDuration(integrationWithinMs)} and were stopped.`
    : ok ? `The integration tests passed in ${took}.` : `The integration tests ended with exit code ${exitCode ?? 'none (a signal ended them)'} after ${took}.`
  return { ok, message, lastLines, elapsedMs }
}
