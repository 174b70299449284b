import { compareFingerprints, type Difference } from './fingerprint.js'
import type { Fingerprint, Receipt } from './receipt.js'

export interface Comparison {
  /** What speaks against the copy. */
  readonly differences: readonly Difference[]
  /** Sequences that moved while the backup was taken; they are as the dump has them. */
  readonly moved: number
  /** Of the differences, in a sentence; empty when there are none. */
  readonly told: string
}

/** What a restored copy has other than its receipt says. Sequences obey no snapshot: only a receipt of a restored copy has the numbers that are in the dump. */
export function compareWithReceipt({ object, fingerprint, verified }: Pick<Receipt, 'object' | 'fingerprint' | 'verified'>, found: Fingerprint): Comparison {
  const all = compareFingerprints(fingerprint, found)
  const differences = verified === null ? all.filter(({ kind, first, second }) => kind !== 'sequence' || first === '' || second === '') : all
  const [one] = differences
  const told = one === undefined ? '' : `The restored copy of \`${object}\` differs from its receipt in ${differences.length} places, first in ${one.kind} ${one.name}: "${one.first}" and "${one.second}".`
  return { differences, moved: all.length - differences.length, told }
}
