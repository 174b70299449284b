import { previousName, type StoredSecret } from '../secret-policy.js'
import { refsOf, surplusVariables, type ObservedEnvironment } from './observed.js'
import { shownPatterns, shownReviewers, shownTags, shownValue, shownWait } from './shown.js'
import type { WantedEnvironment } from './wanted.js'

/** What is on GitHub, and the file does not name: left as it is. */
export interface Left {
  readonly environment: string
  readonly setting: string
  readonly is: string
}

/**
 * What an environment has beside what the file names. `prune` takes surplus members of a list that the file has; a part
 * that the file does not have at all stays in any case, so that no gate falls because a line is missing.
 */
export function left({ name, protection, variables }: WantedEnvironment, is: ObservedEnvironment, prune: boolean): readonly Left[] {
  const stays = (setting: string, found: string): readonly Left[] => [{ environment: name, setting, is: found }]
  const { settings } = is
  const rules = protection.rules === undefined || !prune ? is.rules.filter(({ app }) => protection.rules?.includes(app) !== true) : []
  const values = variables === undefined || !prune ? surplusVariables(is, variables) : []
  const refs = refsOf(is)
  return [
    ...(protection.reviewers === undefined && settings.reviewers.length > 0 ? stays('protection.reviewers', shownReviewers(settings.reviewers)) : []),
    ...(protection.waitMinutes === undefined && settings.waitMinutes > 0 ? stays('protection.wait', shownWait(settings.waitMinutes)) : []),
    ...(protection.selfReview === undefined && !settings.selfReview ? stays('protection.self-review', 'false') : []),
    ...(protection.refs === undefined && refs.kind !== 'all' ? [...stays('protection.branches', shownPatterns(refs)), ...stays('protection.tags', shownTags(refs))] : []),
    ...rules.flatMap(({ app, enabled }) => stays(`protection.rules.${app}`, enabled ? 'enabled' : 'disabled')),
    ...values.flatMap(([variable, value]) => stays(`variables.${variable}`, shownValue(value))),
  ]
}

/** Secrets of the environment's own that the file does not name. They are never taken away: nobody could bring them back. */
export function leftSecrets({ name, secrets }: WantedEnvironment, stored: readonly StoredSecret[]): readonly Left[] {
  const known = new Set(secrets.flatMap((secret) => [secret, previousName(secret)]))
  return stored.filter((one) => one.scope === 'environment' && !known.has(one.name)).map((one) => ({ environment: name, setting: `secrets.${one.name}`, is: 'there' }))
}
