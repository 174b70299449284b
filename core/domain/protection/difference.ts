import { left, leftSecrets, type Left } from './left.js'
import { BARE, refsOf, surplusVariables, type ObservedEnvironment, type Reviewer, type Settings } from './observed.js'
import { shownPatterns, shownReviewers, shownTags, shownValue, shownWait } from './shown.js'
import type { StoredSecret } from '../secret-policy.js'
import type { RefPolicy, WantedEnvironment } from './wanted.js'

/** One thing that GitHub has otherwise than the file says it. */
export interface Difference {
  readonly environment: string
  /** As the file names it: `protection.wait`. */
  readonly setting: string
  readonly is: string
  readonly should: string
}

export interface Comparison {
  readonly name: string
  /** It is not on GitHub. */
  readonly missing: boolean
  readonly differences: readonly Difference[]
  /** Secrets that the file names and GitHub does not have: nobody can write them from the file. */
  readonly secrets: readonly Difference[]
  /** What is there and the file does not name. */
  readonly left: readonly Left[]
}

/** What was looked up to compare an environment with. */
export interface Looked {
  /** Those that the file names. */
  readonly reviewers: readonly Reviewer[]
  /** Absent: there is none. */
  readonly observed: ObservedEnvironment | undefined
  readonly secrets: readonly StoredSecret[]
}

/** Compares what the file names with what is there. */
export function compare(wanted: WantedEnvironment, { reviewers, observed, secrets }: Looked, prune: boolean): Comparison {
  const is = observed ?? { name: wanted.name, ...BARE }
  const difference = (setting: string, found: string, should: string): readonly Difference[] => [{ environment: wanted.name, setting, is: found, should }]
  return {
    name: wanted.name,
    missing: observed === undefined,
    differences: [
      ...(observed === undefined ? difference('environment', 'not there', 'there') : []),
      ...settingDifferences(wanted, reviewers, is, difference),
      ...ruleDifferences(wanted, is, prune, difference),
      ...variableDifferences(wanted, is, prune, difference),
    ],
    secrets: wanted.secrets.filter((name) => !secrets.some((one) => one.name === name)).flatMap((name) => difference(`secrets.${name}`, 'not there', 'there')),
    left: [...left(wanted, is, prune), ...leftSecrets(wanted, secrets)],
  }
}

type Tell = (setting: string, is: string, should: string) => readonly Difference[]

function settingDifferences({ protection }: WantedEnvironment, reviewers: readonly Reviewer[], is: ObservedEnvironment, tell: Tell): readonly Difference[] {
  const target = settingsFor(protection, reviewers, is.settings)
  return [
    ...(sameReviewers(is.settings.reviewers, target.reviewers) ? [] : tell('protection.reviewers', shownReviewers(is.settings.reviewers), shownReviewers(target.reviewers))),
    ...(is.settings.waitMinutes === target.waitMinutes ? [] : tell('protection.wait', shownWait(is.settings.waitMinutes), shownWait(target.waitMinutes))),
    // GitHub keeps it with the reviewers: without them there is nothing to compare.
    ...(is.settings.selfReview === target.selfReview || target.reviewers.length === 0 ? [] : tell('protection.self-review', String(is.settings.selfReview), String(target.selfReview))),
    ...refDifferences(protection.refs, is, tell),
  ]
}

function refDifferences(should: RefPolicy | undefined, is: ObservedEnvironment, tell: Tell): readonly Difference[] {
  if (should === undefined) return []
  const found = refsOf(is)
  const [branches, tags] = [[shownPatterns(found), shownPatterns(should)], [shownTags(found), shownTags(should)]] as const
  return [
    ...(branches[0] === branches[1] ? [] : tell('protection.branches', ...branches)),
    ...(tags[0] === tags[1] ? [] : tell('protection.tags', ...tags)),
  ]
}

function ruleDifferences({ protection: { rules } }: WantedEnvironment, is: ObservedEnvironment, prune: boolean, tell: Tell): readonly Difference[] {
  if (rules === undefined) return []
  const surplus = prune ? is.rules.filter(({ app }) => !rules.includes(app)) : []
  return [
    ...rules.flatMap((app) => {
      const found = is.rules.find((rule) => rule.app === app)
      return found?.enabled === true ? [] : tell(`protection.rules.${app}`, found === undefined ? 'not there' : 'disabled', 'enabled')
    }),
    ...surplus.flatMap(({ app, enabled }) => tell(`protection.rules.${app}`, enabled ? 'enabled' : 'disabled', 'not there')),
  ]
}

function variableDifferences({ variables }: WantedEnvironment, is: ObservedEnvironment, prune: boolean, tell: Tell): readonly Difference[] {
  if (variables === undefined) return []
  const surplus = prune ? surplusVariables(is, variables) : []
  return [
    ...Object.entries(variables).flatMap(([name, value]) => {
      const found = Object.hasOwn(is.variables, name) ? is.variables[name] : undefined
      return found === value ? [] : tell(`variables.${name}`, found === undefined ? 'not there' : shownValue(found), shownValue(value))
    }),
    ...surplus.flatMap(([name, value]) => tell(`variables.${name}`, shownValue(value), 'not there')),
  ]
}

/** All settings as they are to be; GitHub replaces them in one piece, so what the file leaves out is what is there. */
export function settingsFor(protection: WantedEnvironment['protection'], reviewers: readonly Reviewer[], is: Settings): Settings {
  return {
    reviewers: protection.reviewers === undefined ? is.reviewers : reviewers.filter(({ name }) => protection.reviewers!.some((one) => one.toLowerCase() === name.toLowerCase())),
    waitMinutes: protection.waitMinutes ?? is.waitMinutes,
    selfReview: protection.selfReview ?? is.selfReview,
    refs: protection.refs?.kind ?? is.refs,
  }
}

export function sameReviewers(one: readonly Reviewer[], other: readonly Reviewer[]): boolean {
  return one.length === other.length && one.every((a) => other.some((b) => a.kind === b.kind && a.id === b.id))
}
