/** Service level objectives: how many requests may be bad in thirty days, and how fast that is being used up. Source: the multi-window burn-rate rule of Google's SRE workbook, chapter 5. */

export const sloNames = ['availability', 'latency'] as const
export type SloName = (typeof sloNames)[number]

export interface Objective {
  readonly name: SloName
  /** Fraction of requests that must be good: 0.999. */
  readonly target: number
  /** For `latency`: a request slower than this is a bad one. */
  readonly slowerThanMs?: number
}

/** Requests of one span of time, and how many of them were bad. */
export interface Counted {
  readonly requests: number
  readonly bad: number
}

export interface BurnRule {
  readonly name: 'fast' | 'slow'
  /** So many times as fast as would use the budget up exactly at the end of its window. */
  readonly factor: number
  readonly longMs: number
  /** Tells that it still goes on. */
  readonly shortMs: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** 2 % of a thirty days' budget in one hour; 5 % in six. */
export const burnRules: readonly BurnRule[] = [
  { name: 'fast', factor: 14.4, longMs: HOUR, shortMs: 5 * MINUTE },
  { name: 'slow', factor: 6, longMs: 6 * HOUR, shortMs: 30 * MINUTE },
]

export const BUDGET_WINDOW_MS = 30 * 24 * HOUR

/** 1 uses the budget up exactly at the end of its window; `undefined`: nobody asked, so nothing is known. */
export function burnRate({ requests, bad }: Counted, { target }: Pick<Objective, 'target'>): number | undefined {
  return requests > 0 ? bad / requests / (1 - target) : undefined
}

export interface Burning {
  readonly rule: BurnRule
  readonly long: number
  readonly short: number
}

/** The first rule that is broken: both of its windows burn faster than it allows. `counted` answers `undefined` where the source has nothing. */
export function burning(objective: Objective, counted: (spanMs: number) => Counted | undefined): Burning | undefined {
  for (const rule of burnRules) {
    const [long, short] = [rule.longMs, rule.shortMs].map((spanMs) => {
      const found = counted(spanMs)
      return found === undefined ? undefined : burnRate(found, objective)
    })
    if (long !== undefined && short !== undefined && long >= rule.factor && short >= rule.factor) return { rule, long, short }
  }
  return undefined
}

export interface Budget {
  /** Bad requests that the window allows, of those there were. */
  readonly allowed: number
  readonly spent: number
  /** 1: nothing was used; 0 or less: it is gone. */
  readonly left: number
}

/** `undefined`: nobody asked in the window. */
export function budgetOf({ requests, bad }: Counted, { target }: Pick<Objective, 'target'>): Budget | undefined {
  if (requests <= 0) return undefined
  const allowed = requests * (1 - target)
  return { allowed, spent: bad, left: 1 - bad / allowed }
}

/** What a release used of the budget of the whole window: a fraction of it, by its own bad requests beyond none. */
export function spentBy(release: Counted, window: Counted, { target }: Pick<Objective, 'target'>): number | undefined {
  const budget = budgetOf(window, { target })
  return budget === undefined ? undefined : release.bad / budget.allowed
}
