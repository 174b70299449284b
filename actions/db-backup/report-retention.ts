import type { Fate, Pruned } from '../../core/delivery/backup/pruning.js'
import type { SummaryPart } from '../../core/domain/outcome.js'

const MOST = 100
const WORDS: Readonly<Record<Fate['fate'], string>> = { kept: 'stays', removed: 'removed', due: 'would go', locked: 'locked by its store, goes later' }

/** Which backups stayed, why, and where they are. */
export function fatesParts(fates: Pruned | undefined): readonly SummaryPart[] {
  if (fates === undefined) return []
  if (fates.length === 0) return [{ kind: 'text', text: 'There are no backups.' }]
  const told = fates.slice(0, MOST)
  const rows = told.map(({ receipt, fate, why, places }) => [receipt.takenAt, receipt.id, receipt.verified === null ? 'no' : 'yes', WORDS[fate], why.join('; ') || 'newer ones of its day, week and month stay', places.join(', ')])
  const more = fates.length - told.length
  return [
    { kind: 'table', title: 'Backups', columns: ['Taken', 'Receipt', 'Verified', 'Fate', 'Why', 'Where'], rows },
    ...(more === 0 ? [] : [{ kind: 'text' as const, text: `And ${more} more, older ones.` }]),
  ]
}
