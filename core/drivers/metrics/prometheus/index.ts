import type { Counting, Selector } from '../../../domain/exporters.js'
import type { BusinessMetric } from '../../../domain/metrics-choice.js'
import type { Arm, Arms } from '../../../domain/platform.js'
import type { ArmCounters, NoData, Provenance, Sample } from '../../../domain/sample.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Metrics } from '../../../ports/metrics.js'
import { asked, type Access, type Series, type Silence } from './ask.js'
import { businessCounts, businessQuestions } from './business.js'
import { checkBusiness } from './business-preflight.js'
import { memoryOfSeries, memoryOfTimes } from './memory.js'
import { paceOf, type Pace } from './pace.js'
import { checkBefore } from './preflight.js'
import { alike, answersTo, described, inOne, isOf, questionsFor, valueOf } from './questions.js'

export interface PrometheusGiven {
  readonly access: Access
  /** The label that tells releases apart. */
  readonly label: string
  /** What of an arm that label holds: its `identity`, or one of the labels that the platform gives it. */
  readonly holds: string
  /** Matchers that every series must fit, such as `job="shop"`. */
  readonly select: readonly string[]
  readonly counting: Counting
  /** Counters of the user's own. */
  readonly business?: readonly BusinessMetric[]
  readonly slowerThanMs?: number
  /** Counters that are older say nothing of now, unless scrapes are further apart. */
  readonly staleMs: number
}

export interface Read {
  /** What answers a part of the question. */
  readonly of: (part: string) => readonly Series[]
  /** The server's time. */
  readonly serverNow: number
}

/** Cumulative counters of a Prometheus, or of what answers like one; each arm's by the value of a label. */
export function prometheusMetrics(given: PrometheusGiven, ambient: Ambient): Metrics {
  const times = memoryOfTimes()
  const pace = paceOf()
  const counted = countsOf(given, pace)
  const business = businessCounts(given, () => pace.staleMs(given.staleMs))
  let last = { newest: 0, at: 0 }

  const read = async (arms: Arms): Promise<Sample | NoData> => {
    const began = ambient.clock.now()
    const { answer, provenance } = await readAll(arms, given, ambient)
    const none = ({ cause, detail }: Silence): NoData => ({ kind: 'no-data', at: began, cause, detail, ...pace.told(ambient.clock.now()), provenance })
    if ('cause' in answer) return none(answer)
    const behind = times.behind(answer.of('times'))
    if (behind > 0) return none({ cause: 'went-backwards', detail: `${new URL(given.access.url).origin} answered with counters that are ${behind.toFixed(1)} s older than those before: several servers behind one address?` })
    const each = [arms.candidate, ...(arms.stable === undefined ? [] : [arms.stable])].map((arm) => counted(arm, answer))
    const silence = each.find((one) => 'cause' in one)
    if (silence !== undefined && 'cause' in silence) return none(silence.cause === 'empty' ? await whoIsThere(arms, silence, given.counting.requests, given, ambient) : silence)
    const [candidate, stable] = each.flatMap((one) => ('cause' in one ? [] : [one]))
    // Both were measured by then.
    const newest = Math.min(candidate!.newest, stable?.newest ?? Infinity)
    // By our clock; the same scrape stays the same moment, however long the answer took.
    if (newest > last.newest) last = { newest, at: Math.max(last.at, began + (newest - answer.serverNow)) }
    pace.scraped(last.at)
    const more = stable === undefined ? undefined : await business.counted({ candidate: candidate!.counters, stable: stable.counters }, arms, answer, (one, of) => whoIsThere(arms, one, of, given, ambient))
    return { kind: 'sample', at: last.at, candidate: candidate!.counters, ...(stable === undefined ? {} : { stable: stable.counters }), ...more, ...pace.told(ambient.clock.now()), provenance }
  }

  const preflight = async (arms: Arms): Promise<void> => {
    pace.usually(await checkBefore(arms, given, ambient))
    if (arms.stable !== undefined) await checkBusiness(arms.stable, given, ambient)
  }
  return { name: 'prometheus', read, preflight }
}

/** Each arm's counters, with what they had counted before a process started again. */
function countsOf(given: PrometheusGiven, pace: Pace): (arm: Arm, read: Read) => { readonly counters: ArmCounters; readonly newest: number } | Silence {
  const memories = new Map<string, ReturnType<typeof memoryOfSeries>>()
  const grown = (arm: Arm, what: string, series: readonly Series[]): number => {
    const key = `${arm.name} ${valueOf(arm, given) ?? ''} ${what}`
    const memory = memories.get(key) ?? memoryOfSeries()
    memories.set(key, memory)
    return memory.grown(series).total
  }

  return (arm, { of, serverNow }) => {
    const own = (all: readonly Series[]): readonly Series[] => all.filter((one) => isOf(arm, one, given))
    const found = own(of('requests'))
    if (found.length === 0) return absent(arm, given)
    const newest = Math.max(...own(of('times')).map(({ value }) => value * 1000))
    if (!Number.isFinite(newest)) return { cause: 'malformed', detail: `${described(arm, given)} has counters without a time` }
    const age = serverNow - newest
    if (age > pace.staleMs(given.staleMs)) return { cause: 'stale', detail: `${described(arm, given)} was last scraped ${Math.round(age / 1000)} s ago` }
    const counters = { identity: arm.identity, requests: grown(arm, 'requests', found), errors: grown(arm, 'errors', own(of('errors'))) }
    if (given.slowerThanMs === undefined) return { newest, counters }
    const [all, within] = [own(of('all')), own(of('within'))]
    if (all.length === 0 || within.length === 0) return { cause: 'empty', detail: `${described(arm, given)} has no histogram with the bound ${given.slowerThanMs} ms` }
    return { newest, counters: { ...counters, slow: Math.max(0, grown(arm, 'all', all) - grown(arm, 'within', within)) } }
  }
}

async function readAll(arms: Arms, given: PrometheusGiven, ambient: Ambient): Promise<{ readonly answer: Read | Silence; readonly provenance: readonly Provenance[] }> {
  const both = alike(arms, given)
  if (both !== undefined) return { answer: { cause: 'malformed', detail: both }, provenance: [] }
  const query = inOne({ ...questionsFor(arms, given), ...businessQuestions(arms, given) })
  const answer = await asked(given.access, query, ambient)
  const provenance = [{ query, ...(answer.sha256 === undefined ? {} : { sha256: answer.sha256 }) }]
  if ('cause' in answer) return { answer, provenance }
  return { answer: { serverNow: Number.isNaN(answer.at) ? 0 : answer.at, of: (part) => answersTo(part, answer.series) }, provenance }
}

function absent(arm: Arm, given: PrometheusGiven): Silence {
  return { cause: 'empty', detail: `no series of \`${given.counting.requests.metric}\` is of ${described(arm, given)}` }
}

/** Series of another release than the two that were asked for are worth a word: then it is not silence, but the wrong one that speaks. */
async function whoIsThere(arms: Arms, silence: Silence, of: Selector, given: PrometheusGiven, ambient: Ambient): Promise<Silence> {
  const { values } = await import('./preflight.js')
  const there = await values(of, given, ambient)
  if ('cause' in there) return silence
  if (there.length === 0) return { ...silence, detail: `${silence.detail}, nor of any other release: see that the application is scraped, and has been asked for something` }
  const known = new Set([arms.candidate, ...(arms.stable === undefined ? [] : [arms.stable])].map((arm) => valueOf(arm, given)))
  const others = there.filter((value) => value !== '' && !known.has(value))
  return others.length === 0 ? silence : { cause: 'wrong-release', detail: `${silence.detail}; there are those of ${others.slice(0, 5).join(', ')}` }
}
