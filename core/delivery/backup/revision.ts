import { revisionIn } from '../../domain/schema-revision.js'
import type { Ambient } from '../../ports/ambient.js'

const REVISION_MS = 5 * 60_000

export type Revision = { readonly ok: true; readonly revision: string } | { readonly ok: false; readonly why: string }

/** The last line that the user's command prints; `none` when it prints nothing, as for an empty database. */
export async function readRevision(script: string, environment: string, ambient: Ambient): Promise<Revision> {
  const what = 'read the schema revision'
  const result = await ambient.process.script({
    what, script, env: { ECLUSE_ENVIRONMENT: environment }, timeoutMs: REVISION_MS, onLine: (line) => ambient.log.info(line),
  })
  if (result.timedOut) return { ok: false, why: `The command to ${what} did not end within its time limit.` }
  if (result.exitCode !== 0) return { ok: false, why: `The command to ${what} ended with exit code ${result.exitCode ?? 'none (a signal ended it)'}: "${result.lastLines.at(-1)?.trim() ?? ''}".` }
  return { ok: true, revision: revisionIn(result.lastLines) }
}
