import { budgetFound, type BudgetFound, type BudgetSpent, type Slo } from '../domain/budget-gate.js'
import type { Arm } from '../domain/platform.js'
import { BUDGET_WINDOW_MS, spentBy } from '../domain/slo.js'
import type { SloSource } from '../ports/slo-source.js'

/** The budget of every objective, as it is now. What can't be read is unknown, and said. */
export async function readBudgets(slo: Slo | undefined, source: SloSource | undefined): Promise<readonly BudgetFound[]> {
  if (slo === undefined) return []
  if (source === undefined) return slo.objectives.map((objective) => ({ kind: 'unknown', objective, detail: 'nothing is set to measure it by' }))
  const covered = await source.covered(BUDGET_WINDOW_MS)
  if (typeof covered !== 'number') return slo.objectives.map((objective) => ({ kind: 'unknown', objective, detail: covered.detail }))
  // No further back than it remembers: of what was there at the begin of a span, first failures count whole.
  const coveredMs = Math.min(covered, BUDGET_WINDOW_MS)
  return Promise.all(slo.objectives.map(async (objective): Promise<BudgetFound> => {
    const counted = await source.counted(objective, coveredMs)
    return 'detail' in counted ? { kind: 'unknown', objective, detail: counted.detail } : budgetFound(objective, counted, coveredMs)
  }))
}

/** What one release's own requests of a span that ends now have used of each budget; one that can't be read is left out. */
export async function budgetsUsed(slo: Slo | undefined, source: SloSource | undefined, { arm, spanMs }: { readonly arm: Arm; readonly spanMs: number }): Promise<readonly BudgetSpent[]> {
  const found = await readBudgets(slo, source)
  const used = await Promise.all(found.map(async (one): Promise<readonly BudgetSpent[]> => {
    if (one.kind === 'unknown' || source === undefined) return []
    const { objective, counted, budget } = one
    const own = await source.counted(objective, spanMs, { arm, whose: 'own' })
    const spent = 'detail' in own ? undefined : spentBy(own, counted, objective)
    return spent === undefined ? [] : [{ name: objective.name, spent, left: budget.left + spent }]
  }))
  return used.flat()
}
