import { budgetText, spentText, type BudgetFound, type BudgetSpent } from '../domain/budget-gate.js'
import { readableDuration } from '../domain/duration.js'
import type { SummaryPart } from '../domain/outcome.js'
import type { TriggerPolicy } from '../domain/trigger-policy.js'
import type { Lookout } from './lookout.js'

/** For the table of facts: what was left of each budget, and what the release used of it. */
export function budgetRows(found: readonly BudgetFound[] = [], spent: readonly BudgetSpent[] = []): readonly (readonly [string, string])[] {
  return [
    ...found.map((one) => ['Error budget before', budgetText(one)] as const),
    ...spent.map((one) => ['Error budget used on trial', spentText(one)] as const),
  ]
}

const WORDS = { calm: 'calm', fired: 'fired', 'no-data': 'nothing is known' } as const

/** What each trigger found last; nothing where none was looked at. */
export function findingParts(lookout: Lookout | undefined): readonly SummaryPart[] {
  const rows = (lookout?.findings() ?? []).map(([name, { kind, detail }]) => [name, WORDS[kind], detail])
  return rows.length === 0 ? [] : [{ kind: 'table', title: 'Triggers', columns: ['Trigger', 'State', 'Last seen'], rows }]
}

/** For the plan: each trigger that is on, and when it fires. */
export function triggerLines({ health, complaints, resources, sloBurn }: TriggerPolicy): readonly string[] {
  const memory = resources?.memory
  const lines = [
    ...(health === undefined ? [] : [`health-check-failure (${health.after} in a row, every ${readableDuration(health.everyMs)})`]),
    ...(complaints === undefined ? [] : [`user-complaints (more than ${complaints.moreThan}, by ${complaints.source.name})`]),
    ...(resources === undefined ? [] : [`resource-exhaustion (${[
      `${resources.restarts} restarts`, ...(resources.outOfMemory ? ['out of memory'] : []), ...(memory === undefined ? [] : [`memory +${Number((100 * memory.growth).toFixed(2))} % in ${readableDuration(memory.overMs)}`]),
    ].join(', ')})`]),
    ...(sloBurn ? ['slo-burn'] : []),
  ]
  return lines.length === 0 ? [] : [`Sent back as well by: ${lines.join('; ')}.`]
}
