import { alarmsOf, type Alarms } from '../../core/delivery/alarms.js'
import type { BackPorts } from '../../core/delivery/bring-back.js'
import type { Environment } from '../../core/domain/environment.js'
import type { EnvironmentHistory } from '../../core/domain/history.js'
import type { JudgeVerdict } from '../../core/domain/judge/index.js'
import type { Arm } from '../../core/domain/platform.js'
import type { JudgePolicy } from '../../core/domain/rollout.js'
import type { NoData } from '../../core/domain/sample.js'
import { openVigil, vigilConfig, type Vigil } from '../../core/domain/vigil.js'
import type { PastFact, WatchPolicy, WatchState } from '../../core/domain/watch-facts.js'
import { beforeOf, type Watch } from '../../core/domain/watch-record.js'
import { policyAgainst, type Before } from '../../core/domain/watching.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Cache } from '../../core/ports/cache.js'
import type { Metrics } from '../../core/ports/metrics.js'
import type { OpenTriggers, Trigger } from '../../core/ports/trigger.js'

export interface WatchRequest {
  readonly environment: Environment
  readonly url: string
  readonly policy: WatchPolicy
  /** `run`: stays until the window's end. `look`: looks, records how far it is, and ends. */
  readonly mode: 'run' | 'look'
  /** The only version that is meant. */
  readonly version?: string
  readonly startedAt: number
}

export type WatchPorts = BackPorts & {
  readonly metrics?: Metrics
  readonly triggers?: OpenTriggers
  /** What is emptied after going back, by its address. */
  readonly cache: (url: string) => Promise<Cache>
}

/** One release being watched by this process. */
export interface Session {
  readonly request: WatchRequest
  readonly ports: WatchPorts
  readonly watch: Watch
  /** End of the window (epoch ms). */
  readonly until: number
  readonly arm: Arm
  readonly before: Before
  readonly against: JudgePolicy
  /** Checks that nothing is known of from before. */
  readonly unknown: readonly string[]
  readonly vigil?: Vigil
  readonly triggers: readonly Trigger[]
  readonly alarms: Alarms
  readonly settings: string
  readonly evidence: string
  samples: number
  /** When the source last answered (epoch ms). */
  sampledAt: number
  verdict?: JudgeVerdict
  silence?: NoData
}

/** Goes on from what another process left, or begins: what the release before had becomes the ceiling of this one. */
export async function openSession(request: WatchRequest, ports: WatchPorts, watch: Watch, history: EnvironmentHistory, ambient: Ambient): Promise<Session> {
  const { environment, policy, url } = request
  const { judge } = environment
  const known = watch.state
  const before = known?.before ?? beforeOf(watch, history, judge.minCandidateRequests)
  const { policy: against, unknown } = policyAgainst(before, judge)
  const config = vigilConfig(against, before, policy)
  const arm: Arm = { name: 'stable', identity: watch.release.version, labels: known?.labels ?? watch.past?.labels ?? {} }
  const triggers = (await ports.triggers?.({ arm, url, platform: ports.platform })) ?? []
  const settings = ambient.files.sha256(JSON.stringify(config))
  const judged = ports.metrics !== undefined && against.checks.length > 0
  const vigil = judged ? vigilFrom(config, against, known?.settings === settings ? known : undefined, watch.past, ambient) : undefined
  if (known !== undefined && known.settings !== settings) ambient.log.warn('The settings of the judge have changed since the watch began: its evidence begins anew.')
  return {
    request, ports, watch, until: watch.startedAt + policy.forMs,
    arm, before, against, unknown, ...(vigil === undefined ? {} : { vigil }), triggers, alarms: alarmsOf(triggers, ambient), settings,
    evidence: `${environment.state}/evidence/${environment.name}-${watch.delivery}-watch.jsonl`,
    samples: known?.samples ?? 0, sampledAt: known?.sampledAt ?? 0,
  }
}

function vigilFrom(config: ReturnType<typeof vigilConfig>, { checks }: JudgePolicy, state: WatchState | undefined, past: PastFact | undefined, ambient: Ambient): Vigil {
  if (state !== undefined) {
    try {
      return openVigil(config, checks, state)
    } catch (fault) {
      ambient.log.warn(`The evidence of the watcher before is lost: ${messageOf(fault)}`)
    }
  }
  const vigil = openVigil(config, checks)
  if (past?.reading !== undefined) vigil.begin(past.at, past.reading)
  return vigil
}

/** What the next watcher goes on from. */
export function stateOf({ vigil, settings, before, arm, samples, sampledAt }: Session): WatchState {
  return { settings, before, labels: arm.labels, ...(vigil?.state() ?? { start: null, checks: [] }), samples, sampledAt }
}
