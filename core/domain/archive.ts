import { compareFingerprints, type Difference } from './fingerprint.js'
import type { Fingerprint, Receipt } from './receipt.js'

interface Kept {
  readonly label: string
  readonly kind: 'full' | 'differential' | 'incremental'
  readonly endedAt: number
}

/** A differential backup is only taken on a full one that is young enough and that a receipt vouches for. */
export function nextKind({ backups, receipts, place, fullEveryMs, now }: {
  readonly backups: readonly Kept[]
  readonly receipts: readonly Receipt[]
  readonly place: string
  readonly fullEveryMs: number
  readonly now: number
}): 'full' | 'differential' {
  const last = backups.find(({ kind }) => kind === 'full')
  const vouched = last !== undefined && receipts.some(({ kind, object, store }) => kind === 'archive' && object === last.label && store === place)
  return vouched && now - last.endedAt < fullEveryMs ? 'differential' : 'full'
}

/** A server writes so many values of a sequence ahead, which a cluster that goes through the changes takes for used. */
const AHEAD = 33n

/**
 * What a restored cluster differs in from what was counted. Sequences may be ahead by what the server writes down in advance.
 * Where no exact moment was found, the number of rows says nothing.
 */
export function compareRestored(counted: Fingerprint, restored: Fingerprint, { exact }: { readonly exact: boolean }): readonly Difference[] {
  return compareFingerprints(counted, restored).filter(({ kind, name, first, second }) => {
    if (kind === 'sequence') return first === '' || second === '' || isBehind(first, second)
    if (exact) return true
    return kind === 'schema' || kind === 'extension' || (kind === 'rows' && !Object.hasOwn(restored.rows, name))
  })
}

function isBehind(first: string, second: string): boolean {
  const [from, seen] = [lastValue(first), lastValue(second)]
  // A sequence that counts down is written ahead downwards.
  return seen < from && from - seen > AHEAD
}

function lastValue(value: string): bigint {
  return BigInt(/^-?\d+/.exec(value)?.[0] ?? '0')
}
