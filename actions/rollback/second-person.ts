import { chooseTarget, type RollbackChoice } from '../../core/domain/eligibility.js'
import { lastServed, secondPerson, tooOldForOne, type Said } from '../../core/domain/four-eyes.js'
import type { EnvironmentHistory, Overruled } from '../../core/domain/history.js'
import type { PastRelease } from '../../core/domain/platform.js'
import { sameRelease } from '../../core/domain/release.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { RollbackRequest } from './flow.js'

/** Who approved a run; `undefined` when the token may not look. */
export type WhoApproved = (run: string) => Promise<readonly Said[] | undefined>

export type Eyes =
  | { readonly ok: true; readonly by?: string; readonly overruled?: Overruled }
  | { readonly ok: false; readonly message: string }

/**
 * Whether one person may go back so far. Nothing is asked of whoever names no target, or the very release that would come back
 * without one: going back to what was there before must never wait for anybody.
 */
export async function lookForSecond(
  request: RollbackRequest,
  { past, choices, history }: { readonly past: PastRelease; readonly choices: readonly RollbackChoice[]; readonly history: EnvironmentHistory },
  whoApproved: WhoApproved | undefined,
  ambient: Ambient,
): Promise<Eyes> {
  const usual = chooseTarget(choices, undefined, { force: false })
  if (request.to === undefined || (usual.kind === 'chosen' && sameRelease(usual.past.release, past.release))) return { ok: true }
  const old = tooOldForOne(request.environment.fourEyes, lastServed(history, past.release) ?? past.servedAt, ambient.clock.now())
  if (old === undefined) return { ok: true }
  const gate = request.gate ?? request.environment.name
  const said = await asked(whoApproved, ambient)
  const second = typeof said === 'string' ? { found: false as const, why: said } : secondPerson(said, ambient.run, gate)
  if (second.found) return { ok: true, by: second.by }
  if (request.breakGlass !== undefined) return { ok: true, overruled: { reason: request.breakGlass, what: ['needs-second-person'] } }
  return {
    ok: false,
    message: `${past.release.version} needs a second person: ${old}. None is to be seen: ${second.why}. Let somebody else approve the run of \`${gate}\`, go back less far, or give \`break-glass\` with a reason that is recorded.`,
  }
}

/** What was answered, or why nothing was. */
async function asked(whoApproved: WhoApproved | undefined, { run }: Ambient): Promise<readonly Said[] | undefined | string> {
  if (run.workflow === '' || whoApproved === undefined) return undefined
  try {
    return await whoApproved(run.id)
  } catch (fault) {
    return `GitHub could not be asked who approved the run (${messageOf(fault)})`
  }
}
