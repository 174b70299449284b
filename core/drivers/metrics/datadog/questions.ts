import { tagValue, type DatadogOptions, type TaggedMetric } from '../../../domain/cloud-metrics.js'
import type { Amount } from '../../../domain/closed-intervals.js'
import type { Arm, Arms } from '../../../domain/platform.js'
import type { Series } from './ask.js'

export interface Asking extends Pick<DatadogOptions, 'tag' | 'select' | 'requests' | 'errors' | 'latency'> {
  readonly slowerThanMs?: number
}

/** `all` and `slow`: of the durations. */
export type Part = 'requests' | 'errors' | 'all' | 'slow'

export interface Question {
  readonly part: Part
  readonly query: string
}

/** Fine enough to be quick, and not finer than what agents send. Datadog keeps no more than 1500 steps of an answer: eight hours. */
export const STEP_S = 20
/** Counted from so long before the run began: what serves now must have been heard of. */
export const LOOK_BACK_MS = 10 * 60_000

/** All are asked together; of every release, so that another one in the place of ours is seen. */
export function questionsOf({ tag, select, requests, errors, latency, slowerThanMs }: Asking): readonly Question[] {
  const query = (aggregate: string, { metric, tags }: TaggedMetric): string => `${aggregate}:${metric}{${[...select, ...tags].join(',') || '*'}} by {${tag}}.as_count().rollup(sum, ${STEP_S})`
  const durations = slowerThanMs === undefined ? undefined : latency
  const limit = durations === undefined ? 0 : (slowerThanMs ?? 0) * { s: 0.001, ms: 1, ns: 1_000_000 }[durations.unit]
  return [
    { part: 'requests', query: query('sum', requests) },
    { part: 'errors', query: query('sum', errors) },
    ...(durations === undefined ? [] : [
      { part: 'all' as const, query: query('count(v: v>=0)', durations) },
      { part: 'slow' as const, query: query(`count(v: v>${Number(limit.toPrecision(12))})`, durations) },
    ]),
  ]
}

/** The release that a series is of, as Datadog writes it. */
export function releaseOf({ tags }: Series, tag: string): string | undefined {
  return tags.find((one) => one.startsWith(`${tag}:`))?.slice(tag.length + 1)
}

export function isOf(series: Series, arm: Arm, tag: string): boolean {
  return releaseOf(series, tag) === tagValue(arm.identity)
}

/** Two releases that Datadog calls alike, such as `V1` and `v1`, or one version with other settings: each would get the counts of both. */
export function alike({ stable, candidate }: Arms, tag: string): string | undefined {
  const value = tagValue(candidate.identity)
  return stable !== undefined && tagValue(stable.identity) === value ? `stable and candidate are both ${tag}:${value}: they can't be told apart` : undefined
}

/** What the count of an arm is kept under. */
export function seriesName(arm: Arm, part: Part): string {
  return `${arm.name} ${arm.identity} ${part}`
}

export function amountsOf(arm: Arm, answer: readonly Series[], { tag, questions }: { readonly tag: string; readonly questions: readonly Question[] }): readonly Amount[] {
  // Of one release, Datadog has one series; should there be more, they are parts of the same.
  const sums = new Map<string, Amount>()
  for (const series of answer) {
    const question = questions[series.query]
    if (question === undefined || !isOf(series, arm, tag)) continue
    for (const [at, value] of series.points) {
      const name = seriesName(arm, question.part)
      const key = `${name} ${at}`
      sums.set(key, { series: name, at, amount: value + (sums.get(key)?.amount ?? 0) })
    }
  }
  return [...sums.values()]
}
