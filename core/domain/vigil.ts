import { createJudge, restoreJudge, type JudgeConfig, type JudgeSettings, type JudgeVerdict } from './judge/index.js'
import type { JudgedReason, Move } from './climbing.js'
import { judgeConfig, judgeSample } from './judging.js'
import { increments } from './counter-increments.js'
import { readingOf } from './past.js'
import type { JudgePolicy, MetricCheck } from './rollout.js'
import type { Sample } from './sample.js'
import type { Counted } from './slo.js'
import type { TriggerName } from './trigger.js'
import type { Reading, WatchState } from './watch-facts.js'
import type { Before } from './watching.js'

/** Two blocks are as good as three when they are this long: nothing that passes by itself fills both. */
const LONG_POLL_MS = 15_000

/**
 * The judge of a release that has all traffic. Its evidence is an e-process: it stays valid however often and at whichever times it is
 * looked at, and a block may hold thirty seconds or five minutes. So there is one judge for the whole watch, no matter how many processes
 * take turns: its state travels in the record, and no look costs any of the chance of a false alarm.
 *
 * Without a stable arm nothing shows which bursts are the release's own, so its own polls tell how bursty it is. Each is learnt
 * from after it was judged: what divides the evidence of a block is known before it.
 */
export interface Vigil {
  /** Everything that the judge goes by, its defaults included. */
  readonly settings: JudgeSettings
  observe(sample: Sample): JudgeVerdict
  /** The state to go on from, in another process too. */
  state(): Pick<WatchState, 'start' | 'checks'>
}

/** What can speak against a release that is watched. */
export type Cause = Exclude<JudgedReason, 'business-metric'> | TriggerName

/** What a judge goes on from: what another process left, else the counters of the last moment before the watch, where they were read. */
export interface VigilFrom {
  readonly state?: Pick<WatchState, 'start' | 'checks'>
  readonly base?: { readonly at: number; readonly reading: Reading }
}

/** `before` widens what is known of burstiness from the first poll on. */
export function vigilConfig(against: JudgePolicy, before: Before, { forMs, everyMs }: { readonly forMs: number; readonly everyMs: number }): JudgeConfig {
  return {
    ...judgeConfig({ ...against, pollMs: everyMs }, { decideWithinMs: forMs }),
    minEvidenceBlocks: everyMs >= LONG_POLL_MS ? 2 : 3,
    dispPrior: Math.max(1, ...Object.values(before).map((one) => one.dispersion ?? 1)),
  }
}

/** Throws when what another process left is damaged. */
export function openVigil(config: JudgeConfig, checks: readonly MetricCheck[], { state: from, base }: VigilFrom = {}): Vigil {
  const fresh = createJudge(config)
  const judge = from === undefined ? fresh : restoreJudge(config, { ...fresh.snapshot(), start: from.start, checks: from.checks })
  let last: Reading = Object.fromEntries((from?.checks ?? []).flatMap(({ rebase, last: { mC, xC } }, place) => (rebase ? [] : [[checks[place]!.name, { requests: mC, bad: xC }]])))
  if (base !== undefined) {
    const { at, reading } = base
    const nothing = { requests: 0, bad: 0 }
    judge.observe(at / 1000, Object.fromEntries(checks.flatMap(({ name }) => (reading[name] === undefined ? [] : [[name, { stable: nothing, candidate: reading[name] }]]))))
    last = reading
  }
  return {
    settings: judge.snapshot().settings,
    observe(sample) {
      const verdict = judge.observe(sample.at / 1000, judgeSample(checks, sample))
      const reading = readingOf(checks, sample.candidate)
      for (const [name, now] of Object.entries(reading)) for (const { requests, bad } of increments([last[name], now])) judge.prime(name, requests, bad)
      last = { ...last, ...reading }
      return verdict
    },
    state: () => {
      const { start, checks: states } = judge.snapshot()
      return { start, checks: states }
    },
  }
}

/** What was counted in the whole watch, for the record: the release after this one is held against it where nothing better is known. */
export function countedBy(verdict: JudgeVerdict | undefined): Before {
  return Object.fromEntries((verdict?.checks ?? []).map(({ name, totals, dispersion }): readonly [string, Counted & { readonly dispersion: number }] => [name, { ...totals.candidate, dispersion }]))
}

/** What a failed verdict speaks of: the check with the most evidence. */
export function causeOf(verdict: JudgeVerdict, checks: readonly MetricCheck[]): Exclude<JudgedReason, 'business-metric'> {
  const worst = verdict.checks.toSorted((a, b) => b.logEFailGuarded - a.logEFailGuarded)[0]
  return checks.find(({ name }) => name === worst?.name)?.metric === 'latency' ? 'high-response-time' : 'high-error-rate'
}

/** What speaks against a release, if anything does: the judge's word comes before a trigger's. */
export function vigilMove(verdict: JudgeVerdict | undefined, checks: readonly MetricCheck[], alarm: TriggerName | undefined): Extract<Move, { kind: 'stay' }> | { readonly kind: 'back'; readonly reason: Cause } {
  const reason = verdict?.decision === 'FAIL' ? causeOf(verdict, checks) : alarm
  return reason === undefined ? { kind: 'stay' } : { kind: 'back', reason }
}
