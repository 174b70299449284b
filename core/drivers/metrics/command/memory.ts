import type { ArmCounters } from '../../../domain/sample.js'

type Counts = Pick<ArmCounters, 'requests' | 'errors' | 'slow'>

/** Counters that only ever grow: where they fell it is said once, and from then on what is counted is added to what is known. */
export function memoryOfCounts(): { grown(arm: string, now: ArmCounters): ArmCounters | undefined } {
  const known = new Map<string, { readonly last: Counts; readonly more: Counts }>()
  return {
    grown: (arm, now) => {
      const key = `${arm} ${now.identity}`
      const { last = now, more = NONE } = known.get(key) ?? {}
      const fell = now.requests < last.requests || now.errors < last.errors || (now.slow ?? 0) < (last.slow ?? 0)
      known.set(key, { last: now, more: fell ? each(each(more, last, 1), now, -1) : more })
      return fell ? undefined : { identity: now.identity, ...each(now, more, 1) }
    },
  }
}

const NONE: Counts = { requests: 0, errors: 0 }

function each(one: Counts, other: Counts, sign: 1 | -1): Counts {
  const slow = one.slow === undefined && other.slow === undefined ? {} : { slow: (one.slow ?? 0) + sign * (other.slow ?? 0) }
  return { requests: one.requests + sign * other.requests, errors: one.errors + sign * other.errors, ...slow }
}
