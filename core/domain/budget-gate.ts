import { readableDays, readableDuration } from './duration.js'
import { budgetOf, BUDGET_WINDOW_MS, spentBy, type Budget, type Counted, type Objective, type SloName } from './slo.js'
import type { ArmCounters } from './sample.js'

export const budgetChoices = ['refuse', 'warn'] as const
type BudgetChoice = (typeof budgetChoices)[number]

/** What an environment has promised, and what follows when that is used up. */
export interface Slo {
  readonly objectives: readonly Objective[]
  readonly onSpent: BudgetChoice
  readonly onUnknown: BudgetChoice
}

/** The budget of one objective, as the source knows it. */
export type BudgetFound =
  | { readonly kind: 'known'; readonly objective: Objective; readonly counted: Counted; readonly budget: Budget; /** How much of the thirty days the source remembers. */ readonly coveredMs: number }
  | { readonly kind: 'unknown'; readonly objective: Objective; readonly detail: string }

/** What one release used of a budget: a fraction of the whole of it. */
export interface BudgetSpent {
  readonly name: SloName
  readonly spent: number
  /** What was left before it came, where that is known. */
  readonly left: number
}

/** A source that remembers less is as good as new: a handful of requests would refuse every release for a month. */
const LEAST_COVERED_MS = 24 * 3_600_000

export function budgetFound(objective: Objective, counted: Counted, coveredMs: number): BudgetFound {
  if (coveredMs < LEAST_COVERED_MS) return { kind: 'unknown', objective, detail: 'the source remembers less than one day of 30' }
  const budget = budgetOf(counted, objective)
  return budget === undefined ? { kind: 'unknown', objective, detail: 'nobody asked for anything in the last 30 days' } : { kind: 'known', objective, counted, budget, coveredMs }
}

export interface BudgetRefusal {
  readonly reason: 'budget-spent' | 'budget-unknown'
  readonly message: string
}

/** Whether the budgets let a release in. What is spent comes before what is unknown. */
export function budgetRefusal({ onSpent, onUnknown }: Slo, found: readonly BudgetFound[]): BudgetRefusal | undefined {
  const spent = found.filter((one) => one.kind === 'known' && isSpent(one.budget))
  if (spent.length > 0 && onSpent === 'refuse') {
    return { reason: 'budget-spent', message: `${spent.map(budgetText).join('; ')}. Deliver what makes it better with \`force\` and a reason, or wait until the bad days are more than 30 days ago.` }
  }
  const unknown = found.filter(({ kind }) => kind === 'unknown')
  if (unknown.length > 0 && onUnknown === 'refuse') {
    return { reason: 'budget-unknown', message: `${unknown.map(budgetText).join('; ')}. Mend the source of \`judge.metrics\`, give \`force\` with a reason, or set \`slo.on-unknown\` to \`warn\`.` }
  }
  return undefined
}

/** To the last request, whatever a computer makes of 99.9 %. */
function isSpent({ left }: Budget): boolean {
  return left < 1e-9
}

/** `availability 99.9 %: 37.2 % of the error budget of 30 days is left (1234 of 1966 allowed bad requests were used)` */
export function budgetText(found: BudgetFound): string {
  const name = objectiveText(found.objective)
  if (found.kind === 'unknown') return `${name}: the error budget is not known, ${found.detail}`
  const { budget, coveredMs } = found
  const days = coveredMs >= BUDGET_WINDOW_MS * 0.99 ? '30 days' : `${readableDays(coveredMs)} (the source remembers no more of 30 days)`
  const used = usedText(found)
  return !isSpent(budget) ? `${name}: ${percent(budget.left)} of the error budget of ${days} is left; ${used}` : `${name}: the error budget of ${days} is spent; ${used}`
}

/** So few requests that the budget is less than one of them are no "0 of 0". */
function usedText({ counted: { requests }, budget: { allowed, spent } }: Extract<BudgetFound, { kind: 'known' }>): string {
  const bad = Math.round(spent)
  if (allowed >= 1 - 1e-9) return `${bad} of ${Math.floor(allowed + 1e-9)} allowed bad requests were used`
  return `of ${Math.round(requests)} requests not one may be bad, and ${bad === 0 ? 'none was' : bad === 1 ? '1 was' : `${bad} were`}`
}

export function objectiveText({ name, target, slowerThanMs }: Objective): string {
  const share = `${Number((100 * target).toFixed(6))} %`
  return slowerThanMs === undefined ? `${name} ${share}` : `${name} ${share} within ${readableDuration(slowerThanMs)}`
}

/** What the candidate's requests between two readings used up. A latency that was counted by another threshold is left out. */
export function spentOf(found: readonly BudgetFound[], first: ArmCounters, last: ArmCounters, slowerThanMs: number | undefined): readonly BudgetSpent[] {
  return found.flatMap((one): readonly BudgetSpent[] => {
    if (one.kind === 'unknown') return []
    const { objective, counted, budget } = one
    const bad = objective.name === 'availability' ? last.errors - first.errors : objective.slowerThanMs === slowerThanMs ? slowBetween(first, last) : undefined
    if (bad === undefined) return []
    const spent = spentBy({ requests: last.requests - first.requests, bad: Math.max(0, bad) }, counted, objective)
    return spent === undefined ? [] : [{ name: objective.name, spent, left: budget.left }]
  })
}

function slowBetween(first: ArmCounters, last: ArmCounters): number | undefined {
  return first.slow === undefined || last.slow === undefined ? undefined : last.slow - first.slow
}

export function spentText({ name, spent, left }: BudgetSpent): string {
  return `${name}: ${percent(spent)} of the whole; ${percent(left)} was left before it`
}

function percent(fraction: number): string {
  const value = 100 * fraction
  return `${value !== 0 && Math.abs(value) < 0.1 ? value.toPrecision(1) : value.toFixed(1)} %`
}
