import type { BudgetSpent } from './budget-gate.js'
import { runInfo } from './history-decode-run.js'
import type { CheckSnapshot } from './judge/index.js'
import { flag, list, number, object, oneOf, optional, record, text, type Decoder } from './local-control/decode.js'
import { sloNames, type Counted } from './slo.js'
import type { MemoryPair, TriggerMemory } from './trigger.js'
import type { PastFact, Reading, WatchedFact, WatchingFact, WatchState } from './watch-facts.js'
import type { Before } from './watching.js'

const nullable: Decoder<number | null> = (value, at) => (value === null ? null : number(value, at))
const counts = object<CheckSnapshot['last']>({ mB: number, xB: number, mC: number, xC: number })

export const checkState = object<CheckSnapshot>({
  evidence: object<CheckSnapshot['evidence']>({ fail: list(nullable), pass: list(number), cash: number, blocks: number }),
  scales: list(object<CheckSnapshot['scales'][number]>({
    blocks: number, window: counts, previousRequests: number, previousBad: number, chi: number, n: number, xx: number, xe: number, ee: number, sx: number, se: number, ke: number,
  })),
  last: counts, rebase: flag, pending: counts, pendingSince: nullable, pendingExpected: number, totals: counts, allowedBad: number, stableResets: number, candidateResets: number, missing: number,
})

export const before: Decoder<Before> = record(object<Before[string]>({ requests: number, bad: number, dispersion: optional(number) }))

/** One check's counters, by its name. */
export const reading: Decoder<Reading> = record(object<Counted>({ requests: number, bad: number }))

export const budgets: Decoder<readonly BudgetSpent[]> = list(object<BudgetSpent>({ name: oneOf(...sloNames), spent: number, left: number }))

const pair: Decoder<MemoryPair> = (value, at) => {
  const [when = 0, bytes = 0, ...more] = list(number)(value, at)
  if (more.length > 0) throw new TypeError(`\`${at}\` should be a time and bytes`)
  return [when, bytes]
}

const memory = object<TriggerMemory>({ failing: optional(number), grown: optional(object<NonNullable<TriggerMemory['grown']>>({ last: number, total: number, since: number })), memory: optional(record(list(pair))) })

/** Decoders of what the record keeps of watches. */
export const past = object<PastFact>({
  type: oneOf('past'), at: number, delivery: text, version: text, counted: before, labels: record(text), reading: optional(reading),
})

export const watching = object<WatchingFact>({
  type: oneOf('watching'), at: number, delivery: text, run: runInfo, until: number, dead: optional(text),
  state: optional(object<WatchState>({ settings: text, before, labels: record(text), start: nullable, checks: list(checkState), samples: number, sampledAt: number, triggers: optional(memory) })),
})

export const watched = object<WatchedFact>({
  type: oneOf('watched'), at: number, delivery: text, version: text, ok: flag, reason: text, cause: optional(text), detail: text, counted: before, budgets: optional(budgets),
})
