import { budgetFound, type BudgetFound, type Slo } from '../domain/budget-gate.js'
import { BUDGET_WINDOW_MS } from '../domain/slo.js'
import type { SloSource } from '../ports/slo-source.js'

/** The budget of every objective, as it is now. What can't be read is unknown, and said. */
export async function readBudgets(slo: Slo | undefined, source: SloSource | undefined): Promise<readonly BudgetFound[]> {
  if (slo === undefined) return []
  if (source === undefined) return slo.objectives.map((objective) => ({ kind: 'unknown', objective, detail: 'nothing is set to measure it by' }))
  const covered = source.covered(BUDGET_WINDOW_MS)
  return Promise.all(slo.objectives.map(async (objective): Promise<BudgetFound> => {
    const [counted, coveredMs] = await Promise.all([source.counted(objective, BUDGET_WINDOW_MS), covered])
    if ('detail' in counted) return { kind: 'unknown', objective, detail: counted.detail }
    return typeof coveredMs === 'number' ? budgetFound(objective, counted, Math.min(coveredMs, BUDGET_WINDOW_MS)) : { kind: 'unknown', objective, detail: coveredMs.detail }
  }))
}
