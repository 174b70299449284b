import type { Amount } from '../../../domain/closed-intervals.js'
import type { Silence } from './faults.js'
import type { Part } from './questions.js'

/**
 * How many response times of each minute were above the threshold: CloudWatch has their number, and how many per cent of them were not. A minute without that rank is
 * no minute without slow requests.
 */
export function slowAmounts(answer: readonly Amount[], series: (part: Part) => string): readonly Amount[] | Silence {
  const of = (part: Part): readonly Amount[] => answer.filter((one) => one.series === series(part))
  const ranks = new Map(of('within').map(({ at, amount }) => [at, amount]))
  const slow: Amount[] = []
  for (const { at, amount } of of('all')) {
    if (amount === 0) continue
    const within = ranks.get(at) ?? Number.NaN
    if (!(within >= 0 && within <= 100)) return { cause: 'malformed', detail: `CloudWatch has ${amount} response times of ${new Date(at).toISOString()} and no percentile rank of them` }
    slow.push({ series: series('slow'), at, amount: Math.round(amount * (1 - within / 100)) })
  }
  return slow
}
