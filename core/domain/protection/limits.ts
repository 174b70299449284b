import { surplusVariables, type ObservedEnvironment, type Reviewer } from './observed.js'
import { LIMITS, type WantedEnvironment } from './wanted.js'

/** Why an environment can't be made what the file says, with what to do. */
export interface Obstacle {
  readonly environment: string
  /** As the file names it. */
  readonly setting: string
  readonly why: string
  readonly fix: string
}

export interface Known {
  readonly missing: readonly { readonly name: string; readonly why: string }[]
  readonly found: readonly Reviewer[]
  /** Apps that can guard an environment; `undefined`: no environment was there to ask. */
  readonly apps: readonly string[] | undefined
}

/** Everything that GitHub would refuse, before anything is written. */
export function obstacles(wanted: WantedEnvironment, known: Known, observed: ObservedEnvironment | undefined, prune: boolean): readonly Obstacle[] {
  const { protection: { reviewers = [], rules = [], ...protection }, variables } = wanted
  const obstacle = (setting: string, why: string, fix: string): readonly Obstacle[] => [{ environment: wanted.name, setting, why, fix }]
  const unknown = known.missing.filter(({ name }) => reviewers.some((one) => one.toLowerCase() === name.toLowerCase()))
  const { apps } = known
  const leftRules = prune ? [] : (observed?.rules ?? []).filter(({ app }) => !rules.includes(app))
  const leftVariables = observed === undefined || prune ? [] : surplusVariables(observed, variables)
  const nobody = wanted.protection.reviewers === undefined && (observed?.settings.reviewers ?? []).length === 0
  return [
    ...unknown.flatMap(({ name, why }) => obstacle('protection.reviewers', `names "${name}": ${why}`, name.startsWith('team/') ? 'Correct the slug, give the team read access to the repository, or let the token read the organization’s members.' : 'Correct the login, or invite them to the repository.')),
    ...sameTwice(wanted, known.found).flatMap((why) => obstacle('protection.reviewers', why, 'Name it once.')),
    ...(protection.selfReview === false && nobody ? obstacle('protection.self-review', 'is `false`, and nobody is asked to review: it would have no effect', 'Name `reviewers`, or write `self-review: true`.') : []),
    ...(apps === undefined ? [] : rules.filter((app) => !apps.includes(app))).flatMap((app) => obstacle('protection.rules', `names "${app}", and no app of that slug that has custom protection rules is installed on the repository`, apps?.length ? `Install it, or use one of ${apps.join(', ')}.` : 'Install the app on the repository first.')),
    ...(rules.length > 0 && rules.length + leftRules.length > LIMITS.rules ? obstacle('protection.rules', `and the ${leftRules.length} that stay would be more than ${LIMITS.rules}`, 'Take some away, or give `prune: true`.') : []),
    ...(variables !== undefined && Object.keys(variables).length + leftVariables.length > LIMITS.variables ? obstacle('variables', `and the ${leftVariables.length} that stay would be more than ${LIMITS.variables}`, 'Take some away, or give `prune: true`.') : []),
  ]
}

/** Two names of the file for one reviewer: a login that was renamed, say. */
function sameTwice({ protection: { reviewers = [] } }: WantedEnvironment, found: readonly Reviewer[]): readonly string[] {
  const named = found.filter(({ name }) => reviewers.some((one) => one.toLowerCase() === name.toLowerCase()))
  const twice = named.filter((one, index) => named.findIndex((other) => other.kind === one.kind && other.id === one.id) < index)
  return twice.map(({ name }) => `names "${name}", who is there by another name already`)
}
