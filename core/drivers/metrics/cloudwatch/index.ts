import { closedIntervals } from '../../../domain/closed-intervals.js'
import type { CloudWatchOptions } from '../../../domain/cloud-metrics.js'
import type { Arm, Arms } from '../../../domain/platform.js'
import type { ArmCounters, NoData, Sample } from '../../../domain/sample.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Metrics } from '../../../ports/metrics.js'
import { accessOf, type Variables } from './access.js'
import { LOOK_BACK_MS, MINUTE_MS, openWire, type Wire } from './ask.js'
import type { Silence } from './faults.js'
import { checkBefore } from './preflight.js'
import { grouped, questionsOf, seriesOf, type Part } from './questions.js'
import { slowAmounts } from './slow.js'

export interface CloudWatchGiven extends Omit<CloudWatchOptions, 'name'> {
  readonly slowerThanMs?: number
}

/** Parts of a minute come in late; AWS refuses requests of a clock that is further off. */
const GROWS_MS = 5 * MINUTE_MS
/** What has just been closed takes a moment to be served. */
const SERVED_AFTER_MS = 1000

/** What an Application Load Balancer counts of the target group of each arm. */
export function cloudWatchMetrics(given: CloudWatchGiven, ambient: Ambient, env: Variables): Metrics {
  const intervals = closedIntervals(ambient.startedAt - LOOK_BACK_MS, MINUTE_MS, GROWS_MS)
  let opened: Wire | undefined
  const wire = (): Wire => {
    if (opened !== undefined) return opened
    const access = accessOf(given, env)
    for (const secret of access.secrets) ambient.mask(secret)
    return (opened = openWire(access, ambient))
  }
  let last = 0

  const read = async (arms: Arms): Promise<Sample | NoData> => {
    const now = ambient.clock.now()
    const nextAt = (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS + SERVED_AFTER_MS
    const none = ({ cause, detail }: Silence): NoData => ({ kind: 'no-data', at: now, cause, detail, nextAt })
    const both = grouped(arms, given)
    if ('cause' in both) return none(both)
    const answer = await wire().ask(both.flatMap(({ arm, group }) => questionsOf(arm, group, given)), intervals.askFrom, now)
    if ('cause' in answer) return none(answer)
    const slow = both.map(({ arm, group }) => slowAmounts(answer, (part) => seriesOf(arm, group, part)))
    const unranked = slow.find((one) => 'cause' in one)
    if (unranked !== undefined && 'cause' in unranked) return none(unranked)
    intervals.take([...answer, ...slow.flatMap((one) => ('cause' in one ? [] : one))], now)
    const each = both.map(({ arm, group }) => counted(arm, group, now))
    const silence = each.find((one) => 'cause' in one)
    if (silence !== undefined && 'cause' in silence) return none(silence)
    const [candidate, stable] = each.flatMap((one) => ('cause' in one ? [] : [one]))
    // All minutes up to the newest that was heard of; a late part of one comes in with a later sample.
    last = Math.max(last, candidate!.newest, stable?.newest ?? 0)
    return { kind: 'sample', at: last, candidate: candidate!.counters, ...(stable === undefined ? {} : { stable: stable.counters }), nextAt }
  }

  const counted = (arm: Arm, group: string, now: number): { readonly counters: ArmCounters; readonly newest: number } | Silence => {
    const total = (part: Part): number => intervals.total(seriesOf(arm, group, part))
    const newest = intervals.newest(seriesOf(arm, group, 'requests'))
    if (newest === undefined) return { cause: 'empty', detail: `CloudWatch has no RequestCount of ${group} (${arm.name}) since ${new Date(ambient.startedAt - LOOK_BACK_MS).toISOString()}` }
    if (now - newest > given.staleMs) return { cause: 'stale', detail: `the newest RequestCount of ${group} (${arm.name}) is ${Math.round((now - newest) / 1000)} s old` }
    const requests = total('requests')
    // A request whose connections were refused several times failed once.
    const errors = Math.min(requests, total('errors') + total('refused'))
    return { newest, counters: { identity: arm.identity, requests, errors, ...(given.slowerThanMs === undefined ? {} : { slow: total('slow') }) } }
  }

  return { name: 'cloudwatch', read, preflight: (arms) => checkBefore(arms, given, wire, ambient) }
}
