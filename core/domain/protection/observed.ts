import type { RefPolicy } from './wanted.js'

export interface Reviewer {
  readonly kind: 'user' | 'team'
  readonly id: number
  /** `alice`, or `team/ops`. */
  readonly name: string
}

/** A pattern of branches or tags that may deploy. */
export interface Pattern {
  readonly id: number
  readonly kind: 'branch' | 'tag'
  readonly name: string
}

/** A GitHub App that guards an environment. */
export interface Rule {
  readonly id: number
  readonly app: string
  readonly enabled: boolean
}

/** What GitHub keeps in one piece: a write replaces all of it. */
export interface Settings {
  readonly reviewers: readonly Reviewer[]
  readonly waitMinutes: number
  readonly selfReview: boolean
  readonly refs: RefPolicy['kind']
}

/** An environment as it is. */
export interface ObservedEnvironment {
  readonly name: string
  readonly settings: Settings
  /** Empty unless `settings.refs` is `patterns`. */
  readonly patterns: readonly Pattern[]
  readonly rules: readonly Rule[]
  readonly variables: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
}
