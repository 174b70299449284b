import type { Difference } from '../../domain/fingerprint.js'
import type { SummaryPart } from '../../domain/outcome.js'

const MOST_ROWS = 20

/** What a restored copy has other than `first`, which it was compared with; nothing where they are equal. */
export function differenceParts(first: 'Database' | 'Receipt', differences: readonly Difference[] = []): readonly SummaryPart[] {
  if (differences.length === 0) return []
  const shown = (value: string): string => (value === '' ? 'not there' : value)
  const rows = differences.slice(0, MOST_ROWS).map((one) => [one.kind, one.name, shown(one.first), shown(one.second)])
  const more = differences.length - rows.length
  return [
    { kind: 'table', title: 'What differs', columns: ['What', 'Name', first, 'Restored copy'], rows },
    ...(more === 0 ? [] : [{ kind: 'text' as const, text: `And ${more} more.` }]),
  ]
}
