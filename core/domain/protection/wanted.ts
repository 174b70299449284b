/** Which branches and tags may deploy to an environment. Patterns as GitHub matches them: `*` does not cross a `/`. */
export type RefPolicy =
  | { readonly kind: 'all' }
  | { readonly kind: 'protected' }
  | { readonly kind: 'patterns'; readonly branches: readonly string[]; readonly tags: readonly string[] }

/** What the file says of an environment's gates. A part that is absent is not managed: whatever stands there is left. */
export interface Protection {
  /** `alice`, or `team/ops` of the repository's owner. */
  readonly reviewers?: readonly string[]
  /** Whole minutes. */
  readonly waitMinutes?: number
  /** Whoever started a run may approve it. */
  readonly selfReview?: boolean
  readonly refs?: RefPolicy
  /** Slugs of the GitHub Apps that guard it. */
  readonly rules?: readonly string[]
}

/** GitHub's own limits. */
export const LIMITS = { reviewers: 6, waitMinutes: 43_200, rules: 6, variables: 100, variableBytes: 48 * 1024 } as const

/** Names that begin so are ours. */
export const OURS = 'ECLUSE_'

/** What an environment should be, as far as the file says it. */
export interface WantedEnvironment {
  readonly name: string
  readonly protection: Protection
  /** By name, in capitals as GitHub keeps them. Absent: the file has no list of them. */
  readonly variables?: Readonly<Record<string, string>>
  /** Names that must be there; values are nobody's to read. */
  readonly secrets: readonly string[]
}
