import { selectorText, type Selector } from '../../../domain/exporters.js'
import type { BusinessMetric } from '../../../domain/metrics-choice.js'
import type { Arm, Arms } from '../../../domain/platform.js'
import type { ArmCounters, EventCounters, MissingMetric, Sample } from '../../../domain/sample.js'
import type { Series, Silence } from './ask.js'
import type { PrometheusGiven, Read } from './index.js'
import { memoryOfSeries, memoryOfTimes } from './memory.js'
import { described, isOf, matchersOf } from './questions.js'

/** Counters of the user's own: asked for with the requests, in the same question, so that one server tells all of it at one moment. */

type Given = Pick<PrometheusGiven, 'business' | 'label' | 'holds' | 'select'>

interface Judged extends Given {
  /** Counters that are older say nothing of now. */
  readonly staleMs: () => number
}

type Counter = 'events' | 'of'

/** Parts of the question; a name has no colon. */
const part = ({ name }: BusinessMetric, counter: Counter, what: 'counts' | 'times'): string => `custom:${name}:${counter}:${what}`
const countersOf = ({ events, of }: BusinessMetric): readonly (readonly [Counter, Selector])[] => [['events', events], ...(of === undefined ? [] : [['of', of] as const])]

/** They are only ever compared: nothing is asked where no other arm is. */
export function businessQuestions(arms: Arms, given: Given): Readonly<Record<string, string>> {
  if (arms.stable === undefined) return {}
  const more = matchersOf(arms, given)
  return Object.fromEntries((given.business ?? []).flatMap((metric) => countersOf(metric).flatMap(([counter, selector]) => {
    const counts = selectorText(selector, more)
    return [[part(metric, counter, 'counts'), counts], [part(metric, counter, 'times'), `timestamp(${counts})`]] as const
  })))
}

type Both<T> = Readonly<Record<'candidate' | 'stable', T>>

/** Remembers what each counter has counted, restarts included. */
export interface BusinessCounts {
  /** Both arms' counters with those of the user's own. What is not known of both is missing, never zero. */
  counted(requests: Both<ArmCounters>, arms: Arms, read: Read, instead: (silence: Silence, of: Selector) => Promise<Silence>): Promise<Pick<Sample, 'candidate' | 'stable' | 'missing'>>
}

export function businessCounts(given: Given, staleMs: () => number): BusinessCounts {
  const metrics = (given.business ?? []).map((metric) => ({ metric, growth: growthOf(metric, { ...given, staleMs }) }))
  return {
    async counted(requests, { candidate, stable }, read, instead) {
      if (metrics.length === 0 || stable === undefined) return requests
      const found: { readonly name: string; readonly both: Both<EventCounters> }[] = []
      const missing: MissingMetric[] = []
      for (const { metric, growth } of metrics) {
        const { name } = metric
        const both = growth(requests, { candidate, stable }, read)
        if (!('cause' in both)) found.push({ name, both })
        else {
          const { cause, detail } = both.cause === 'empty' ? await instead(both, both.of) : both
          missing.push({ name, cause, detail })
        }
      }
      const of = (arm: 'candidate' | 'stable'): ArmCounters => ({ ...requests[arm], business: Object.fromEntries(found.map(({ name, both }) => [name, both[arm]])) })
      return { candidate: of('candidate'), stable: of('stable'), ...(missing.length === 0 ? {} : { missing }) }
    },
  }
}

type Unknown = Silence & { readonly of: Selector }

/** What one metric has grown to, of both arms. */
function growthOf(metric: BusinessMetric, given: Judged): (requests: Both<ArmCounters>, arms: Both<Arm>, read: Read) => Both<EventCounters> | Unknown {
  const memories = new Map<string, ReturnType<typeof memoryOfSeries>>()
  const times = Object.fromEntries(countersOf(metric).map(([counter]) => [counter, memoryOfTimes()]))
  const grown = (arm: Arm, counter: Counter, series: readonly Series[]): number => {
    const key = `${arm.name} ${arm.identity} ${counter}`
    const memory = memories.get(key) ?? memoryOfSeries()
    memories.set(key, memory)
    return memory.grown(series).total
  }
  return (requests, { candidate, stable }, read) => {
    const counters = countersOf(metric)
    for (const [counter, selector] of counters) {
      for (const arm of [candidate, stable]) {
        const fault = unusable(arm, { counter, selector }, metric, given, read)
        if (fault !== undefined) return { ...fault, of: selector }
      }
      const behind = times[counter]?.behind(read.of(part(metric, counter, 'times'))) ?? 0
      if (behind > 0) return { cause: 'went-backwards', detail: `\`${selector.metric}\` is ${behind.toFixed(1)} s older than before: several servers behind one address?`, of: selector }
    }
    const own = (arm: Arm, counter: Counter): number => grown(arm, counter, read.of(part(metric, counter, 'counts')).filter((one) => isOf(arm, one, given)))
    const both = (arm: Arm): EventCounters => ({ of: metric.of === undefined ? requests[arm.name].requests : own(arm, 'of'), events: own(arm, 'events') })
    return { candidate: both(candidate), stable: both(stable) }
  }
}

/** Why nothing is known of one arm by one counter. */
function unusable(arm: Arm, { counter, selector }: { readonly counter: Counter; readonly selector: Selector }, metric: BusinessMetric, given: Judged, read: Read): Silence | undefined {
  const own = (what: 'counts' | 'times'): readonly Series[] => read.of(part(metric, counter, what)).filter((one) => isOf(arm, one, given))
  const found = own('counts')
  if (found.length === 0) return { cause: 'empty', detail: `no series of \`${selectorText(selector)}\` is of ${described(arm, given)}, not even one at zero` }
  if (!found.every(({ value }) => Number.isFinite(value) && value >= 0)) return { cause: 'malformed', detail: `\`${selectorText(selector)}\` of ${described(arm, given)} is no count` }
  const age = read.serverNow - Math.max(...own('times').map(({ value }) => value * 1000))
  if (!Number.isFinite(age)) return { cause: 'malformed', detail: `\`${selectorText(selector)}\` of ${described(arm, given)} has no time` }
  return age > given.staleMs() ? { cause: 'stale', detail: `\`${selectorText(selector)}\` of ${described(arm, given)} was last scraped ${Math.round(age / 1000)} s ago` } : undefined
}
