import { flag, list, number, object, oneOf, optional, text, type Decoder } from '../../../domain/local-control/decode.js'
import type { Pattern, Reviewer, Rule, Settings } from '../../../domain/protection/observed.js'
import { RemoteError } from '../../../errors/families.js'

interface ReviewerWire {
  readonly type: 'User' | 'Team'
  readonly reviewer: { readonly id: number; readonly login?: string; readonly slug?: string }
}

interface GateWire {
  readonly type: string
  readonly wait_timer?: number
  readonly prevent_self_review?: boolean
  readonly reviewers?: readonly ReviewerWire[]
}

interface BranchPolicyWire {
  readonly protected_branches: boolean
  readonly custom_branch_policies: boolean
}

interface EnvironmentWire {
  readonly name: string
  readonly protection_rules: readonly GateWire[]
  readonly deployment_branch_policy: BranchPolicyWire | undefined
}

interface RuleWire {
  readonly id: number
  readonly enabled: boolean
  readonly app: AppWire
}

export interface AppWire {
  readonly id: number
  readonly slug: string
}

const anyGateWire = object<GateWire>({
  type: text,
  wait_timer: optional(number),
  prevent_self_review: optional(flag),
  reviewers: optional(list(object<ReviewerWire>({ type: oneOf('User', 'Team'), reviewer: object<ReviewerWire['reviewer']>({ id: number, login: optional(text), slug: optional(text) }) }))),
})

/** What was not told would be taken for what is not there, and the next write would take it away. */
const gateWire: Decoder<GateWire> = (value, at) => {
  const gate = anyGateWire(value, at)
  if (gate.type === 'required_reviewers' && gate.reviewers === undefined) throw new TypeError(`\`${at}\` does not tell its reviewers`)
  if (gate.type === 'wait_timer' && gate.wait_timer === undefined) throw new TypeError(`\`${at}\` does not tell its time`)
  return gate
}

const branchPolicyWire = object<BranchPolicyWire>({ protected_branches: flag, custom_branch_policies: flag })

const anyEnvironmentWire = object<EnvironmentWire>({
  name: text,
  protection_rules: list(gateWire),
  deployment_branch_policy: (value, at) => (value === null || value === undefined ? undefined : branchPolicyWire(value, at)),
})

export const environmentWire: Decoder<EnvironmentWire> = (value, at) => {
  const environment = anyEnvironmentWire(value, at)
  const guarded = environment.protection_rules.some(({ type }) => type === 'branch_policy')
  if (guarded && environment.deployment_branch_policy === undefined) throw new TypeError(`\`${at}\` does not tell which branches may deploy`)
  return environment
}

export const namedWire = object<{ readonly name: string }>({ name: text })
export const appWire = object<AppWire>({ id: number, slug: text })
export const variableWire = object<{ readonly name: string; readonly value: string }>({ name: text, value: text })
export const teamWire = object<{ readonly id: number }>({ id: number })
export const accessWire = object<{ readonly permission: string; readonly user: { readonly id: number } | undefined }>({
  permission: text,
  user: (value, at) => (value === null || value === undefined ? undefined : object<{ readonly id: number }>({ id: number })(value, at)),
})

const policyWire = object<{ readonly id: number; readonly name: string; readonly type: 'branch' | 'tag' | undefined }>({ id: number, name: text, type: optional(oneOf('branch', 'tag')) })

/** Older servers know patterns of branches only, and name no type. */
export const patternWire: Decoder<Pattern> = (value, at) => {
  const { id, name, type } = policyWire(value, at)
  return { id, name, kind: type ?? 'branch' }
}

const guardWire = object<RuleWire>({ id: number, enabled: flag, app: appWire })

export const rulesWire: Decoder<readonly Rule[]> = (value, at) => {
  const page = object<{ readonly custom_deployment_protection_rules?: readonly RuleWire[] }>({ custom_deployment_protection_rules: optional(list(guardWire)) })(value, at)
  return (page.custom_deployment_protection_rules ?? []).map(({ id, enabled, app }) => ({ id, enabled, app: app.slug }))
}

export function settingsOf({ protection_rules: gates, deployment_branch_policy: policy }: EnvironmentWire): Settings {
  const reviewing = gates.find(({ type }) => type === 'required_reviewers')
  return {
    reviewers: (reviewing?.reviewers ?? []).map(reviewerOf),
    waitMinutes: gates.find(({ type }) => type === 'wait_timer')?.wait_timer ?? 0,
    selfReview: reviewing?.prevent_self_review !== true,
    refs: policy === undefined ? 'all' : policy.custom_branch_policies ? 'patterns' : 'protected',
  }
}

function reviewerOf({ type, reviewer }: ReviewerWire): Reviewer {
  return type === 'Team' ? { kind: 'team', id: reviewer.id, name: `team/${reviewer.slug ?? reviewer.id}` } : { kind: 'user', id: reviewer.id, name: reviewer.login ?? String(reviewer.id) }
}

/** A whole replacement. Of the two that say which branches may deploy, exactly one is true, or neither is sent. */
export function settingsBody({ reviewers, waitMinutes, selfReview, refs }: Settings): Readonly<Record<string, unknown>> {
  return {
    wait_timer: waitMinutes,
    prevent_self_review: !selfReview,
    reviewers: reviewers.length === 0 ? null : reviewers.map(({ kind, id }) => ({ type: kind === 'team' ? 'Team' : 'User', id })),
    deployment_branch_policy: refs === 'all' ? null : { protected_branches: refs === 'protected', custom_branch_policies: refs === 'patterns' },
  }
}

/** The items of a page that is an object. */
export function itemsOf(key: string, what: string): (page: unknown) => readonly unknown[] {
  const page = object<Readonly<Record<string, readonly unknown[]>>>({ [key]: optional(list((value) => value)) })
  return (data) => decoded(page, data, what)[key] ?? []
}

/** What GitHub answered, or a fault that says what does not fit. */
export function decoded<T>(decode: Decoder<T>, data: unknown, what: string): T {
  try {
    return decode(data, 'answer')
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown
    throw new RemoteError('github-refused', {
      message: `Could not ${what}: GitHub's answer is not understood: ${thrown.message}.`, fix: 'Report it, with the version of GitHub Enterprise Server where it is one.', service: 'github', operation: what, cause: thrown,
    })
  }
}
