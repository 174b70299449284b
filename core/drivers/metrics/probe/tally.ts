import type { ArmCounters, NoDataCause } from '../../../domain/sample.js'
import type { Seen } from './answer.js'

/** Why there is nothing to judge by. */
export interface Silence {
  readonly cause: NoDataCause
  readonly detail: string
}

/** A request that was answered by nobody: refused, cut, or too late. */
export interface Unanswered {
  readonly kind: 'unanswered'
  readonly why: string
  readonly elapsedMs: number
}

export interface Tally {
  add(seen: Seen | Unanswered): void
  /** Since the last `counted`: how many ended, and how many of them without any answer. */
  fresh(): { readonly ended: number; readonly unanswered: number; readonly why: string }
  /** Forgets what is fresh: it says nothing of this arm alone. */
  drop(): void
  counted(): ArmCounters | Silence
}

/** What our requests to one arm came to. It is no sample before the arm has named itself once, nor while anybody else answers in its place. */
export function newTally(arm: string, identity: string, slowerThanMs: number | undefined): Tally {
  const total = { requests: 0, errors: 0, slow: 0 }
  let recent: (Seen | Unanswered)[] = []
  let known = false

  const settle = (): void => {
    for (const seen of recent) {
      if (seen.kind === 'other' || seen.kind === 'nameless') continue
      known ||= seen.kind === 'served'
      total.requests += 1
      if (seen.kind !== 'served') total.errors += 1
      if (slowerThanMs !== undefined && seen.elapsedMs > slowerThanMs) total.slow += 1
    }
  }

  return {
    add: (seen) => void recent.push(seen),
    fresh: () => {
      const unanswered = recent.flatMap((seen) => (seen.kind === 'unanswered' ? [seen.why] : []))
      return { ended: recent.length, unanswered: unanswered.length, why: unanswered.at(-1) ?? '' }
    },
    drop: () => {
      recent = []
    },
    counted: () => {
      const strange = strangerIn(recent, arm, identity)
      settle()
      const last = recent.at(-1)
      recent = []
      if (strange !== undefined) return strange
      if (!known) return { cause: 'empty', detail: `${arm} has not named itself ${identity} yet${last === undefined ? '' : `: ${described(last)}`}` }
      return { identity, requests: total.requests, errors: total.errors, ...(slowerThanMs === undefined ? {} : { slow: total.slow }) }
    },
  }
}

function strangerIn(recent: readonly (Seen | Unanswered)[], arm: string, identity: string): Silence | undefined {
  const other = recent.find((seen) => seen.kind === 'other')
  if (other?.kind === 'other') return { cause: 'wrong-release', detail: `${arm} answers as ${other.version}, not as ${identity}` }
  const nameless = recent.find((seen) => seen.kind === 'nameless')
  return nameless?.kind === 'nameless' ? { cause: 'empty', detail: `an answer of ${arm} names no release: ${nameless.why}` } : undefined
}

function described(seen: Seen | Unanswered): string {
  if (seen.kind === 'unanswered') return seen.why
  return seen.kind === 'failed' ? 'it answers with a fault' : 'it was not asked long enough'
}
