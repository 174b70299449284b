import { boundText, oneOfValues, selectorText, type Selector } from '../../../domain/exporters.js'
import type { Objective } from '../../../domain/slo.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { CountedOf, SloSource, Unanswered } from '../../../ports/slo-source.js'
import { asked } from './ask.js'
import { firstIn, grownIn } from './increase.js'
import type { PrometheusGiven } from './index.js'
import { valueOf } from './questions.js'

type Given = Omit<PrometheusGiven, 'slowerThanMs' | 'staleMs'>

const HOUR = 3_600_000
/** A month of all series is a lot to read. */
const LONG_ASK_MS = 30_000
const SHORT_ASK_MS = 10_000

/** Requests of the past, from the counters that the judge goes by. */
export function prometheusSlo(given: Given, ambient: Ambient): SloSource {
  const { access, counting, select } = given
  const witness = selectorText(counting.requests, select)

  const value = async (expression: string, spanMs: number): Promise<number | undefined | Unanswered> => {
    const answer = await asked(access, expression, ambient, spanMs > 24 * HOUR ? LONG_ASK_MS : SHORT_ASK_MS)
    if ('cause' in answer) return { detail: answer.detail, ...(answer.cause === 'unreachable' ? { passing: true } : {}) }
    const found = answer.series[0]?.value
    return found === undefined || Number.isFinite(found) ? found : { detail: `${new URL(access.url).origin} answered with ${found}` }
  }

  return {
    name: 'prometheus',
    counted: async (objective, spanMs, of) => {
      if (of !== undefined && valueOf(of.arm, given) === undefined) return { detail: `the platform does not say which \`${given.holds}\` ${of.arm.identity} has` }
      const more = [...select, ...matchersFor(of, given)]
      const grown = (selector: Selector, also: readonly string[] = []): ReturnType<typeof value> => value(grownIn({ selector, more: [...more, ...also], spanMs, witness }), spanMs)
      const asking = selectorsFor(objective, given)
      if (asking === undefined) return { detail: 'the source has no histogram of durations' }
      const [requests, part] = await Promise.all([grown(asking.all), grown(asking.part.selector, asking.part.also)])
      if (typeof requests === 'object') return requests
      if (typeof part === 'object') return part
      if (requests === undefined) return of === undefined ? { detail: `no series of \`${witness}\` was scraped twice in that time`, passing: true } : { requests: 0, bad: 0 }
      if (!asking.part.good) return { requests, bad: Math.min(requests, part ?? 0) }
      return part === undefined ? { detail: `\`${asking.part.selector.metric}\` has no bound at ${objective.slowerThanMs ?? 0} ms` } : { requests, bad: Math.max(0, requests - part) }
    },
    covered: async (spanMs) => {
      // To the hour of a month.
      const stepMs = Math.max(1000, spanMs / 720)
      const answer = await asked(access, firstIn(witness, spanMs, stepMs), ambient, LONG_ASK_MS)
      if ('cause' in answer) return { detail: answer.detail }
      const first = answer.series[0]?.value
      // Younger than the step of the question.
      return first === undefined ? stepMs : Math.max(stepMs, answer.at - first * 1000)
    },
  }
}

interface Asking {
  readonly all: Selector
  /** Those of them that missed the objective, or, where `good`, that met it. */
  readonly part: { readonly selector: Selector; readonly also: readonly string[]; readonly good: boolean }
}

function selectorsFor({ name, slowerThanMs = 0 }: Objective, { counting: { requests, errors, latency } }: Given): Asking | undefined {
  if (name === 'availability') return { all: requests, part: { selector: errors, also: [], good: false } }
  if (latency === undefined) return undefined
  const bound = oneOfValues('le', boundText(slowerThanMs, latency))
  return { all: { ...latency, metric: `${latency.metric}_count` }, part: { selector: { ...latency, metric: `${latency.metric}_bucket` }, also: [bound], good: true } }
}

function matchersFor(of: CountedOf | undefined, given: Given): readonly string[] {
  if (of === undefined) return []
  const own = oneOfValues(given.label, [valueOf(of.arm, given) ?? ''])
  return [of.whose === 'own' ? own : own.replace('=~', '!~')]
}
