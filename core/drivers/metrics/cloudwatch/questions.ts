import { dimensionOf, TARGET_GROUP_LABEL, TARGET_RELEASE_LABEL, type CloudWatchOptions } from '../../../domain/cloud-metrics.js'
import type { Arm, Arms } from '../../../domain/platform.js'
import type { Silence } from './faults.js'

/** One metric of one target group, minute by minute. */
export interface Question {
  /** What its answer is kept under. */
  readonly series: string
  readonly metric: string
  readonly statistic: string
  readonly dimensions: Readonly<Record<string, string>>
}

export interface Asking extends Pick<CloudWatchOptions, 'loadBalancer' | 'targetGroups'> {
  readonly slowerThanMs?: number
}

/** `refused`: connections to a target that failed; the balancer answers for it with a 502. `all` and `within`: response times, and per cent of them; `slow` follows from both. */
export type Part = 'requests' | 'errors' | 'refused' | 'all' | 'within' | 'slow'

/** Which target group is this arm's: by the platform's word, else by the configuration. */
function targetGroupOf(arm: Arm, { targetGroups }: Pick<Asking, 'targetGroups'>): string | Silence {
  const written = arm.labels[TARGET_GROUP_LABEL] ?? targetGroups[arm.name]
  if (written === undefined || written === '') {
    return { cause: 'malformed', detail: `nothing says which target group is the one of ${arm.name}`, fix: `Set \`judge.metrics.cloudwatch.${arm.name}\` to its name: the platform gives the arms no label \`${TARGET_GROUP_LABEL}\`.` }
  }
  const serves = arm.labels[TARGET_RELEASE_LABEL]
  if (serves !== undefined && serves !== arm.identity) return { cause: 'wrong-release', detail: `the target group ${dimensionOf(written)} of ${arm.name} serves release ${serves}, not ${arm.identity}` }
  return dimensionOf(written)
}

export interface Grouped {
  readonly arm: Arm
  readonly group: string
}

/** Both arms with their target groups, the candidate first. */
export function grouped({ stable, candidate }: Arms, asking: Pick<Asking, 'targetGroups'>): readonly Grouped[] | Silence {
  const both: Grouped[] = []
  for (const arm of [candidate, ...(stable === undefined ? [] : [stable])]) {
    const group = targetGroupOf(arm, asking)
    if (typeof group !== 'string') return group
    both.push({ arm, group })
  }
  const [first, second] = both
  if (first !== undefined && first.group === second?.group) return { cause: 'malformed', detail: `stable and candidate have the same target group, ${first.group}: they can't be told apart`, fix: 'Name a target group for each arm.' }
  return both
}

/** Another release or another group begins another count. */
export function seriesOf(arm: Arm, group: string, part: Part): string {
  return `${arm.name} ${arm.identity} ${group} ${part}`
}

export function questionsOf(arm: Arm, group: string, asking: Asking): readonly Question[] {
  const dimensions = { LoadBalancer: dimensionOf(asking.loadBalancer), TargetGroup: group }
  const one = (part: Part, metric: string, statistic: string): Question => ({ series: seriesOf(arm, group, part), metric, statistic, dimensions })
  return [
    one('requests', 'RequestCount', 'Sum'),
    one('errors', 'HTTPCode_Target_5XX_Count', 'Sum'),
    one('refused', 'TargetConnectionErrorCount', 'Sum'),
    ...(asking.slowerThanMs === undefined ? [] : [
      one('all', 'TargetResponseTime', 'SampleCount'),
      // Per cent of the response times up to the threshold, which is in seconds there.
      one('within', 'TargetResponseTime', `PR(:${asking.slowerThanMs / 1000})`),
    ]),
  ]
}
