import type { Finding, TriggerMemory } from '../../../domain/trigger.js'
import type { HealthRule } from '../../../domain/trigger-policy.js'
import type { Trigger } from '../../../ports/trigger.js'

/** What one try of all checks found. */
export interface HealthLook {
  /** Checks that failed, each with what was observed. */
  readonly failing: readonly string[]
  /** They failed because nothing answered. */
  readonly silent: boolean
}

export interface HealthGiven extends HealthRule {
  /** Tries the checks once: at the release alone, or where users are. `undefined`: there is no way to the release alone. */
  readonly tryAt: (place: 'release' | 'users') => Promise<HealthLook> | undefined
}

/** The environment's own checks, again and again; one failure is none, so many in a row are. */
export function healthTrigger({ after, everyMs, tryAt }: HealthGiven): Trigger {
  let inRow = 0
  const look = async (alone: boolean): Promise<Finding> => {
    const found = await tryAt(alone ? 'users' : 'release')
    if (found === undefined) return { kind: 'no-data', detail: 'the platform has no way to the release alone, so its checks could not be tried' }
    if (found.failing.length === 0) {
      inRow = 0
      return { kind: 'calm', detail: 'the checks passed' }
    }
    // Whoever can't reach anything learns nothing of the release.
    const users = found.silent && !alone ? await tryAt('users') : undefined
    if (users?.silent === true) return { kind: 'no-data', detail: `neither the release nor what users reach answers: ${found.failing.join('; ')}` }
    inRow += 1
    const said = `${inRow === 1 ? 'failed once' : `failed ${inRow} times in a row`}: ${found.failing.join('; ')}`
    if (inRow < after) return { kind: 'calm', detail: `${said}; ${after} in a row send it back`, suspect: true }
    return { kind: 'fired', detail: `${said}${alone ? '' : await alike(tryAt)}` }
  }
  const memory = {
    keep: () => (inRow === 0 ? {} : { failing: inRow }),
    resume: ({ failing = 0 }: TriggerMemory) => {
      inRow = failing
    },
  }
  return { name: 'health-check-failure', everyMs, preflight: async () => undefined, look: ({ alone }) => look(alone), memory }
}

/** A dependency of both may be what is broken: whoever is called should know. */
async function alike(tryAt: HealthGiven['tryAt']): Promise<string> {
  const users = await tryAt('users')
  return users === undefined || users.failing.length === 0 ? '' : '. They fail where users are too: something that both releases need may be broken'
}
