import { OURS, type RefPolicy } from './wanted.js'

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
}

/** An environment that nobody has set up yet. */
export const BARE: Omit<ObservedEnvironment, 'name'> = {
  settings: { reviewers: [], waitMinutes: 0, selfReview: true, refs: 'all' },
  patterns: [],
  rules: [],
  variables: {},
}

export function refsOf({ settings, patterns }: ObservedEnvironment): RefPolicy {
  if (settings.refs !== 'patterns') return { kind: settings.refs }
  const named = (kind: Pattern['kind']): readonly string[] => patterns.filter((pattern) => pattern.kind === kind).map(({ name }) => name)
  return { kind: 'patterns', branches: named('branch'), tags: named('tag') }
}

/** Variables that the file has no name for; a rotation keeps its marks among them, which are nobody's business. */
export function surplusVariables({ variables }: ObservedEnvironment, wanted: Readonly<Record<string, string>> = {}): readonly (readonly [string, string])[] {
  return Object.entries(variables).filter(([name]) => !Object.hasOwn(wanted, name) && !name.startsWith(OURS))
}
