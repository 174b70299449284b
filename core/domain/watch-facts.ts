import type { BudgetSpent } from './budget-gate.js'
import type { RunInfo } from './history.js'
import type { CheckSnapshot } from './judge/index.js'
import type { Counted } from './slo.js'
import type { TriggerMemory } from './trigger.js'
import type { Before } from './watching.js'

/** One check's counters, requests and bad ones, as the source had them. */
export type Reading = Readonly<Record<string, Counted>>

export const failActions = ['rollback', 'alert'] as const

/** How long a release is watched when it has all traffic, and what is done when evidence speaks against it. */
export interface WatchPolicy {
  readonly forMs: number
  readonly everyMs: number
  readonly onFail: (typeof failActions)[number]
}

/** Written before a release gets all traffic: what the release before had, which nobody can measure any more afterwards. */
export interface PastFact {
  readonly type: 'past'
  readonly at: number
  /** The delivery that was about to give the new release all traffic. */
  readonly delivery: string
  /** The release whose requests were counted. */
  readonly version: string
  readonly counted: Before
  /** What tells the new release's samples apart once it is the only one. */
  readonly labels: Readonly<Record<string, string>>
  /** The new release's own counters at the last moment before, where they were read. */
  readonly reading?: Reading
}

/** A watcher's word: it holds the watch until then, and this is how far it has come. Whoever comes after it goes on from here. */
export interface WatchingFact {
  readonly type: 'watching'
  readonly at: number
  readonly delivery: string
  readonly run: RunInfo
  /** Until then nobody else watches (epoch ms); `at` of a look that is over. */
  readonly until: number
  /** The watcher before, whose process is known to be gone. */
  readonly dead?: string
  readonly state?: WatchState
}

/** What the judge knows so far, whichever machine it runs on next. */
export interface WatchState {
  /** Of the settings that the evidence was gathered under; it can't be gone on with under others. */
  readonly settings: string
  /** As it was when the watch began: the facts that it comes from may be far down by now. */
  readonly before: Before
  readonly labels: PastFact['labels']
  /** Second of the judge's first poll; null before it. */
  readonly start: number | null
  readonly checks: readonly CheckSnapshot[]
  readonly samples: number
  /** Of the last sample (epoch ms); 0: there was none. */
  readonly sampledAt: number
  /** What triggers know that look more than once. */
  readonly triggers?: TriggerMemory
}

/** How a watch ended; there is one of these for each release that was watched. */
export interface WatchedFact {
  readonly type: 'watched'
  readonly at: number
  readonly delivery: string
  readonly version: string
  readonly ok: boolean
  readonly reason: string
  /** What spoke against the release; absent when nothing did. */
  readonly cause?: string
  readonly detail: string
  /** Requests and bad ones of the whole watch. */
  readonly counted: Before
  /** What the release used of each error budget since it had all traffic; absent where none was promised or known. */
  readonly budgets?: readonly BudgetSpent[]
}

export type WatchFact = PastFact | WatchingFact | WatchedFact
