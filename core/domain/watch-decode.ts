import { runInfo } from './history-decode-run.js'
import type { CheckSnapshot } from './judge/index.js'
import { flag, list, number, object, oneOf, optional, record, text, type Decoder } from './local-control/decode.js'
import type { Counted } from './slo.js'
import type { PastFact, WatchedFact, WatchingFact, WatchState } from './watch-facts.js'
import type { Before } from './watching.js'

const nullable: Decoder<number | null> = (value, at) => (value === null ? null : number(value, at))
const counts = object<CheckSnapshot['last']>({ mB: number, xB: number, mC: number, xC: number })

const check = object<CheckSnapshot>({
  evidence: object<CheckSnapshot['evidence']>({ fail: list(nullable), pass: list(number), cash: number, blocks: number }),
  scales: list(object<CheckSnapshot['scales'][number]>({
    blocks: number, window: counts, previousRequests: number, previousBad: number, chi: number, n: number, xx: number, xe: number, ee: number, sx: number, se: number, ke: number,
  })),
  last: counts, rebase: flag, pending: counts, pendingSince: nullable, pendingExpected: number, totals: counts, allowedBad: number, stableResets: number, candidateResets: number, missing: number,
})

const before: Decoder<Before> = record(object<Before[string]>({ requests: number, bad: number, dispersion: optional(number) }))

/** Decoders of what the record keeps of watches. */
export const past = object<PastFact>({
  type: oneOf('past'), at: number, delivery: text, version: text, counted: before, labels: record(text), reading: optional(record(object<Counted>({ requests: number, bad: number }))),
})

export const watching = object<WatchingFact>({
  type: oneOf('watching'), at: number, delivery: text, run: runInfo, until: number, dead: optional(text),
  state: optional(object<WatchState>({ settings: text, before, labels: record(text), start: nullable, checks: list(check), samples: number, sampledAt: number })),
})

export const watched = object<WatchedFact>({
  type: oneOf('watched'), at: number, delivery: text, version: text, ok: flag, reason: text, detail: text, counted: before,
})
