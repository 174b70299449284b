import { sameReviewers, settingsFor, type Looked } from './difference.js'
import { BARE, surplusVariables, type ObservedEnvironment, type Pattern, type Rule, type Settings } from './observed.js'
import { shownReviewers, shownWait } from './shown.js'
import type { WantedEnvironment } from './wanted.js'

/** One write. */
export type Step =
  | { readonly kind: 'settle'; readonly settings: Settings; readonly creates: boolean }
  | { readonly kind: 'allow'; readonly pattern: Omit<Pattern, 'id'> }
  | { readonly kind: 'disallow'; readonly pattern: Pattern }
  | { readonly kind: 'guard'; readonly app: string }
  | { readonly kind: 'unguard'; readonly rule: Rule }
  | { readonly kind: 'set-variable'; readonly name: string; readonly value: string; readonly there: boolean }
  | { readonly kind: 'drop-variable'; readonly name: string }

/**
 * What must be written so that the file is true, in an order that is safe to be cut anywhere: gates come before those that they
 * replace go. Patterns can only be written where the settings already ask for them.
 */
export function stepsTo(wanted: WantedEnvironment, { reviewers, observed }: Omit<Looked, 'secrets'>, prune: boolean): readonly Step[] {
  const is = observed ?? { name: wanted.name, ...BARE }
  const settings = settingsFor(wanted.protection, reviewers, is.settings)
  return [
    ...(observed !== undefined && sameSettings(is.settings, settings) ? [] : [{ kind: 'settle' as const, settings, creates: observed === undefined }]),
    ...ruleSteps(wanted, is, prune),
    ...patternSteps(wanted, is),
    ...variableSteps(wanted, is, prune),
  ]
}

function sameSettings(one: Settings, other: Settings): boolean {
  const sameSelfReview = one.selfReview === other.selfReview || other.reviewers.length === 0
  return sameReviewers(one.reviewers, other.reviewers) && one.waitMinutes === other.waitMinutes && sameSelfReview && one.refs === other.refs
}

function ruleSteps({ protection: { rules } }: WantedEnvironment, is: ObservedEnvironment, prune: boolean): readonly Step[] {
  if (rules === undefined) return []
  return [
    ...rules.filter((app) => !is.rules.some((rule) => rule.app === app && rule.enabled)).map((app): Step => ({ kind: 'guard', app })),
    ...(prune ? is.rules.filter(({ app }) => !rules.includes(app)).map((rule): Step => ({ kind: 'unguard', rule })) : []),
  ]
}

function patternSteps({ protection: { refs } }: WantedEnvironment, is: ObservedEnvironment): readonly Step[] {
  if (refs?.kind !== 'patterns') return []
  const wanted: readonly Omit<Pattern, 'id'>[] = [...refs.branches.map((name) => ({ kind: 'branch' as const, name })), ...refs.tags.map((name) => ({ kind: 'tag' as const, name }))]
  const same = (a: Omit<Pattern, 'id'>, b: Omit<Pattern, 'id'>): boolean => a.kind === b.kind && a.name === b.name
  return [
    ...wanted.filter((pattern) => !is.patterns.some((there) => same(there, pattern))).map((pattern): Step => ({ kind: 'allow', pattern })),
    ...is.patterns.filter((there) => !wanted.some((pattern) => same(there, pattern))).map((pattern): Step => ({ kind: 'disallow', pattern })),
  ]
}

function variableSteps({ variables }: WantedEnvironment, is: ObservedEnvironment, prune: boolean): readonly Step[] {
  if (variables === undefined) return []
  return [
    ...Object.entries(variables).filter(([name, value]) => !Object.hasOwn(is.variables, name) || is.variables[name] !== value).map(([name, value]): Step => ({ kind: 'set-variable', name, value, there: Object.hasOwn(is.variables, name) })),
    ...(prune ? surplusVariables(is, variables).map(([name]): Step => ({ kind: 'drop-variable', name })) : []),
  ]
}

/** A write in words. */
export function toldStep(environment: string, step: Step): string {
  const at = `\`${environment}\``
  if (step.kind === 'settle') return `${step.creates ? `Create ${at}` : `Settings of ${at}`}: ${toldSettings(step.settings)}`
  if (step.kind === 'allow') return `Let ${step.pattern.kind} \`${step.pattern.name}\` deploy to ${at}`
  if (step.kind === 'disallow') return `Let ${step.pattern.kind} \`${step.pattern.name}\` no longer deploy to ${at}`
  if (step.kind === 'guard') return `Put the app \`${step.app}\` before ${at}`
  if (step.kind === 'unguard') return `Take the app \`${step.rule.app}\` away from ${at}`
  if (step.kind === 'set-variable') return `Set the variable \`${step.name}\` of ${at}`
  return `Drop the variable \`${step.name}\` of ${at}`
}

function toldSettings({ reviewers, waitMinutes, selfReview, refs }: Settings): string {
  return `reviewers ${shownReviewers(reviewers)}, wait ${shownWait(waitMinutes)}, self-review ${selfReview}, branches ${refs}`
}
