import type { BackPorts } from '../../core/delivery/bring-back.js'
import { evidenceOf } from '../../core/delivery/evidence.js'
import { lookoutOf, type Lookout } from '../../core/delivery/lookout.js'
import type { Environment } from '../../core/domain/environment.js'
import type { EnvironmentHistory } from '../../core/domain/history.js'
import type { JudgeVerdict } from '../../core/domain/judge/index.js'
import type { Arm } from '../../core/domain/platform.js'
import type { JudgePolicy } from '../../core/domain/rollout.js'
import type { NoData } from '../../core/domain/sample.js'
import { openVigil, vigilConfig, type Vigil, type VigilFrom } from '../../core/domain/vigil.js'
import type { Suspect, TriggerMemory } from '../../core/domain/trigger.js'
import type { PastFact, WatchPolicy, WatchState } from '../../core/domain/watch-facts.js'
import { beforeOf, type Watch } from '../../core/domain/watch-record.js'
import { policyAgainst, type Before } from '../../core/domain/watching.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Cache } from '../../core/ports/cache.js'
import type { Metrics } from '../../core/ports/metrics.js'
import type { SloSource } from '../../core/ports/slo-source.js'
import type { OpenTriggers, Trigger } from '../../core/ports/trigger.js'
import { headerOf, notesOf, type Notes } from './notes.js'

export interface WatchRequest {
  readonly environment: Environment
  readonly url: string
  readonly policy: WatchPolicy
  /** `run`: stays until the window's end. `look`: looks, records how far it is, and ends. `begin`: only records what there is to watch. */
  readonly mode: 'run' | 'look' | 'begin'
  /** The only version that is meant. */
  readonly version?: string
  readonly startedAt: number
}

export type WatchPorts = BackPorts & {
  readonly metrics?: Metrics
  readonly triggers?: OpenTriggers
  readonly slo?: SloSource
  /** What is emptied after going back, by its address. */
  readonly cache: (url: string) => Promise<Cache>
  /** Looks after those who are to be told: it does not wait, and nothing fails with it. */
  readonly follow?: () => void
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
  readonly unwatched: readonly string[]
  readonly vigil?: Vigil
  readonly triggers: readonly Trigger[]
  readonly lookout: Lookout
  readonly settings: string
  readonly notes: Notes
  samples: number
  /** When the source last answered (epoch ms). */
  sampledAt: number
  /** How far apart the source's own readings are, where that is known. */
  sourceEveryMs?: number
  verdict?: JudgeVerdict
  silence?: NoData
}

/** Goes on from what another process left, or begins: what the release before had becomes the ceiling of this one. */
export async function openSession(request: WatchRequest, ports: WatchPorts, watch: Watch, history: EnvironmentHistory, ambient: Ambient): Promise<Session> {
  const { environment, policy, url } = request
  const { judge } = environment
  const known = watch.state
  const before = known?.before ?? beforeOf(watch, history, judge.minCandidateRequests)
  const { policy: against, unknown, unwatched } = policyAgainst(before, judge)
  const config = vigilConfig(against, before, policy)
  const arm: Arm = { name: 'stable', identity: watch.release.version, labels: known?.labels ?? watch.past?.labels ?? {} }
  const triggers = (await ports.triggers?.({ arm, url, platform: ports.platform })) ?? []
  const settings = ambient.files.sha256(JSON.stringify(config))
  const judged = ports.metrics !== undefined && against.checks.length > 0
  const { vigil, from } = judged ? vigilFrom(config, against, known?.settings === settings ? known : undefined, watch.past, ambient) : { from: {} }
  for (const { memory } of triggers) memory?.resume(known?.triggers ?? {})
  if (known !== undefined && known.settings !== settings) ambient.log.warn('The settings of the judge have changed since the watch began: its evidence begins anew.')
  return {
    request, ports, watch, until: watch.startedAt + policy.forMs,
    arm, before, against, unknown, unwatched, ...(vigil === undefined ? {} : { vigil }), triggers, lookout: lookoutOf(triggers, ambient), settings,
    notes: notesOf(evidenceOf(environment, watch.delivery, ambient, 'watch'), headerOf({ request, ports, watch, arm, before, against, from, ...(vigil === undefined ? {} : { vigil }) }), ambient),
    samples: known?.samples ?? 0, sampledAt: known?.sampledAt ?? 0,
  }
}

function vigilFrom(config: ReturnType<typeof vigilConfig>, { checks }: JudgePolicy, state: WatchState | undefined, past: PastFact | undefined, ambient: Ambient): { readonly vigil: Vigil; readonly from: VigilFrom } {
  if (state !== undefined) {
    try {
      const from = { state: { start: state.start, checks: state.checks } }
      return { vigil: openVigil(config, checks, from), from }
    } catch (fault) {
      ambient.log.warn(`The evidence of the watcher before is lost: ${messageOf(fault)}`)
    }
  }
  const from = past?.reading === undefined ? {} : { base: { at: past.at, reading: past.reading } }
  return { vigil: openVigil(config, checks, from), from }
}

export function suspectOf({ watch: { release, startedAt } }: Pick<Session, 'watch'>): Suspect {
  return { version: release.version, since: startedAt, alone: true }
}

/** What the next watcher goes on from. */
export function stateOf({ vigil, settings, before, arm, samples, sampledAt, triggers }: Session): WatchState {
  const memory: TriggerMemory = Object.assign({}, ...triggers.map((trigger) => trigger.memory?.keep() ?? {}))
  return { settings, before, labels: arm.labels, ...(vigil?.state() ?? { start: null, checks: [] }), samples, sampledAt, ...(Object.keys(memory).length === 0 ? {} : { triggers: memory }) }
}
