import { latencyBounds } from '../../../domain/latency-bounds.js'
import type { Arm, Arms } from '../../../domain/platform.js'
import type { ArmCounters, NoData, Sample } from '../../../domain/sample.js'
import type { EdgeState } from '../../../domain/edge-control/index.js'
import { EcluseError, InputError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Engine } from '../../../ports/engine.js'
import type { Metrics } from '../../../ports/metrics.js'
import { hostCounters, type HostCounters, type Silence } from './host.js'

export interface HaproxyGiven {
  /** See `hostScope`. */
  readonly scope: string
  readonly slowerThanMs?: number
}

interface Heard {
  readonly host: HostCounters
  readonly state: EdgeState
}

/** The counters of the edge on each host, added up. A host that is silent makes the whole silent: half of the requests is not the truth. */
export function haproxyMetrics(given: HaproxyGiven, engines: readonly Engine[], ambient: Ambient): Metrics {
  const hosts = engines.map((engine) => hostCounters(given, engine, ambient))
  const uncountable = given.slowerThanMs !== undefined && !latencyBounds.some((bound) => bound === given.slowerThanMs)
  const look = async (): Promise<readonly Heard[] | Silence> => {
    const looks = await Promise.all(hosts.map(async (host) => ({ host, state: await host.look() })))
    const silences = looks.flatMap(({ state }) => ('cause' in state ? [state] : []))
    return silences.length > 0 ? joined(silences) : looks.flatMap(({ host, state }) => ('cause' in state ? [] : [{ host, state }]))
  }

  return {
    name: 'haproxy',
    read: async ({ stable, candidate }: Arms): Promise<Sample | NoData> => {
      // By our clock: those of several hosts need not agree.
      const at = ambient.clock.now()
      const none = ({ cause, detail }: Silence): NoData => ({ kind: 'no-data', at, cause, detail })
      if (uncountable) return none({ cause: 'malformed', detail: `requests slower than ${given.slowerThanMs ?? 0} ms can't be counted` })
      const heard = await look()
      if ('cause' in heard) return none(heard)
      // Both, also when one is no sample: each remembers what it has said.
      const arms = [candidate, ...(stable === undefined ? [] : [stable])].map((arm) => added(heard, arm))
      const silence = arms.find((arm) => 'cause' in arm)
      if (silence !== undefined && 'cause' in silence) return none(silence)
      const [ofCandidate, ofStable] = arms.flatMap((arm) => ('cause' in arm ? [] : [arm]))
      return { kind: 'sample', at, candidate: ofCandidate!, ...(ofStable === undefined ? {} : { stable: ofStable }) }
    },
    preflight: async ({ stable }) => {
      if (uncountable) throw unusable(`The edge can't count requests slower than ${given.slowerThanMs ?? 0} ms.`, `Set \`judge.latency.slower-than\` to one of ${latencyBounds.join(', ')} ms.`)
      const heard = await look()
      if ('cause' in heard) throw unusable(`The counters of the edge can't be read: ${heard.detail}.`, heard.thrown instanceof EcluseError ? heard.thrown.fix : undefined)
      const counters = stable && added(heard, stable)
      if (counters !== undefined && 'cause' in counters) throw unusable(`The stable arm can't be judged: ${counters.detail}.`)
    },
  }
}

function added(heard: readonly Heard[], arm: Arm): ArmCounters | Silence {
  const each = heard.map(({ host, state }) => host.counted(state, arm))
  const silences = each.flatMap((one) => ('cause' in one ? [one] : []))
  if (silences.length > 0) return joined(silences)
  return each.flatMap((one) => ('cause' in one ? [] : [one])).reduce((sum, one) => ({
    identity: one.identity, requests: sum.requests + one.requests, errors: sum.errors + one.errors,
    ...(sum.slow === undefined || one.slow === undefined ? {} : { slow: sum.slow + one.slow }),
  }))
}

/** The first cause, and what is to be said of every host. */
function joined(silences: readonly Silence[]): Silence {
  const [first] = silences
  return { ...first!, detail: silences.map(({ detail }) => detail).join('; ') }
}

function unusable(message: string, fix?: string): InputError {
  return new InputError([{ code: 'metrics-unusable', message, ...(fix === undefined ? {} : { fix }) }])
}
