import { closedIntervals } from '../../../domain/closed-intervals.js'
import { tagValue, type DatadogOptions } from '../../../domain/cloud-metrics.js'
import type { Arm, Arms } from '../../../domain/platform.js'
import type { ArmCounters, NoData, Sample } from '../../../domain/sample.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Metrics } from '../../../ports/metrics.js'
import { asked, type Series, type Silence } from './ask.js'
import { checkBefore } from './preflight.js'
import { alike, amountsOf, LOOK_BACK_MS, questionsOf, releaseOf, seriesName, STEP_S, type Part } from './questions.js'

export interface DatadogGiven extends Omit<DatadogOptions, 'name'> {
  readonly slowerThanMs?: number
}

const STEP_MS = STEP_S * 1000
/** Agents that could not send keep what they have for a while. */
const GROWS_MS = 3 * 60_000
/** What has just been closed takes a moment to be served. */
const SERVED_AFTER_MS = 1000

/** Counts of Datadog, each arm's by the value of a tag. */
export function datadogMetrics(given: DatadogGiven, ambient: Ambient): Metrics {
  const intervals = closedIntervals(ambient.startedAt - LOOK_BACK_MS, STEP_MS, GROWS_MS)
  const questions = questionsOf(given)
  let last = 0
  let limited: Silence | undefined

  const read = async (arms: Arms): Promise<Sample | NoData> => {
    const now = ambient.clock.now()
    const next = (Math.floor(now / STEP_MS) + 1) * STEP_MS + SERVED_AFTER_MS
    const none = ({ cause, detail, until }: Silence): NoData => ({ kind: 'no-data', at: now, cause, detail, nextAt: until ?? next })
    const both = alike(arms, given.tag)
    if (both !== undefined) return none({ cause: 'malformed', detail: both })
    // Who asks on while it does not listen is let in later.
    if (limited?.until !== undefined && now < limited.until) return none(limited)
    const answer = await asked(given, questions.map(({ query }) => query), { from: intervals.askFrom, to: now, seconds: STEP_S }, ambient)
    if ('cause' in answer) {
      limited = answer
      return none(answer)
    }
    const pair = [arms.candidate, ...(arms.stable === undefined ? [] : [arms.stable])]
    intervals.take(pair.flatMap((arm) => amountsOf(arm, answer, { tag: given.tag, questions })), now)
    const each = pair.map((arm) => counted(arm, now))
    const silence = each.find((one) => 'cause' in one)
    if (silence !== undefined && 'cause' in silence) return none(silence.cause === 'empty' ? whoIsThere(silence, answer, pair) : silence)
    const [candidate, stable] = each.flatMap((one) => ('cause' in one ? [] : [one]))
    last = Math.max(last, candidate!.newest, stable?.newest ?? 0)
    return { kind: 'sample', at: last, candidate: candidate!.counters, ...(stable === undefined ? {} : { stable: stable.counters }), nextAt: next }
  }

  const counted = (arm: Arm, now: number): { readonly counters: ArmCounters; readonly newest: number } | Silence => {
    const total = (part: Part): number => intervals.total(seriesName(arm, part))
    const newest = intervals.newest(seriesName(arm, 'requests'))
    if (newest === undefined) return { cause: 'empty', detail: `no series of \`${given.requests.metric}\` has the tag ${given.tag}:${tagValue(arm.identity)} (${arm.name})` }
    if (now - newest > given.staleMs) return { cause: 'stale', detail: `the newest count of ${arm.name} (${given.tag}:${tagValue(arm.identity)}) is ${Math.round((now - newest) / 1000)} s old` }
    const latency = given.slowerThanMs !== undefined
    if (latency && total('requests') > 0 && intervals.newest(seriesName(arm, 'all')) === undefined) return { cause: 'empty', detail: `\`${given.latency?.metric ?? 'latency'}\` has no durations of ${arm.name} (${given.tag}:${tagValue(arm.identity)})` }
    return { newest, counters: { identity: arm.identity, requests: total('requests'), errors: total('errors'), ...(latency ? { slow: total('slow') } : {}) } }
  }

  /** Series of another release than those that were asked for are worth a word: then it is not silence, but the wrong one that speaks. */
  const whoIsThere = (silence: Silence, answer: readonly Series[], both: readonly Arm[]): Silence => {
    const known = new Set(both.map(({ identity }) => tagValue(identity)))
    const others = [...new Set(answer.flatMap((series) => releaseOf(series, given.tag) ?? []))].filter((value) => !known.has(value) && value !== 'N/A')
    return others.length === 0 ? silence : { cause: 'wrong-release', detail: `${silence.detail}; there are those of ${others.slice(0, 5).join(', ')}` }
  }

  return { name: 'datadog', read, preflight: (arms) => checkBefore(arms, given, ambient) }
}
