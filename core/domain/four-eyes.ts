import type { EnvironmentHistory, RunInfo } from './history.js'
import { readableDays } from './duration.js'
import { sameRelease, type Release } from './release.js'

/** When a rollback is not for one person to decide. */
export interface FourEyes {
  readonly olderThanMs: number
}

/** What somebody said of a run that waited for them. */
export interface Said {
  readonly by: string
  readonly state: 'approved' | 'rejected'
  readonly comment: string
  readonly environments: readonly string[]
}

/** When a release stopped serving for the last time, by the record; `undefined` when it never did. */
export function lastServed({ deliveries }: EnvironmentHistory, release: Release): number | undefined {
  let serves = false
  let ended: number | undefined
  for (const { result } of deliveries) {
    if (result?.live === undefined) continue
    const is = sameRelease(result.live, release)
    if (serves && !is) ended = result.at
    serves = is
  }
  return serves ? Infinity : ended
}

/** Why a second person is needed, in words; `undefined` when none is. */
export function tooOldForOne(fourEyes: FourEyes | undefined, servedAt: number | undefined, now: number): string | undefined {
  if (fourEyes === undefined) return undefined
  const limit = readableDays(fourEyes.olderThanMs)
  if (servedAt === undefined) return `nobody knows when it last served, and one person may go back ${limit} at most`
  const ago = now - servedAt
  return ago <= fourEyes.olderThanMs ? undefined : `it last served ${readableDays(ago)} ago, and one person may go back ${limit} at most`
}

export type SecondPerson =
  | { readonly found: true; readonly by: string; readonly comment: string }
  | { readonly found: false; readonly why: string }

/**
 * Whoever approved the run's environment and did not start the run. GitHub does not say which attempt an approval was for, nor
 * for whom a bot has started a run: such runs prove nothing.
 */
export function secondPerson(said: readonly Said[] | undefined, run: Pick<RunInfo, 'id' | 'attempt' | 'actor' | 'workflow'>, environment: string): SecondPerson {
  const no = (why: string): SecondPerson => ({ found: false, why })
  if (run.workflow === '') return no('outside a workflow run nobody can be seen to have approved it')
  if (run.attempt > 1) return no(`this is attempt ${run.attempt} of run ${run.id}, and GitHub does not tell which attempt was approved: start a new run`)
  if (run.actor.endsWith('[bot]')) return no(`${run.actor} started the run, and GitHub does not tell for whom`)
  if (said === undefined) return no('the token may not read who approved the run: grant `actions: read`')
  // A bot that approves is whoever has its key.
  const here = said.filter(({ by, state, environments }) => state === 'approved' && environments.includes(environment) && !by.endsWith('[bot]'))
  const other = here.find(({ by }) => by.toLowerCase() !== run.actor.toLowerCase())
  if (other !== undefined) return { found: true, by: other.by, comment: other.comment }
  return no(here.length > 0 ? `${run.actor} both started and approved the run` : `nobody approved the run for \`${environment}\`: give that environment required reviewers`)
}
