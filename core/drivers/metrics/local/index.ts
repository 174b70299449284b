import {
  decodeCard, decodeCounters, decodeText, latencyBounds, localPlaces, type ArmReport, type CountersReport,
} from '../../../domain/local-control/index.js'
import type { Arm, Arms } from '../../../domain/platform.js'
import type { ArmCounters, NoData, NoDataCause, Sample } from '../../../domain/sample.js'
import { InputError, messageOf } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Metrics } from '../../../ports/metrics.js'

export interface LocalMetricsGiven {
  readonly environment: string
  readonly state: string
  readonly slowerThanMs?: number
}

const ASK_MS = 5000

/** The counters of the `local` platform's own proxy. It never starts a server: where none runs there is nothing to count. */
export function localMetrics(given: LocalMetricsGiven, ambient: Ambient): Metrics {
  // Between two bounds nobody knows how many were slower.
  const uncountable = given.slowerThanMs !== undefined && !latencyBounds.some((bound) => bound === given.slowerThanMs)
  const read = async (arms: Arms): Promise<Sample | NoData> => {
    const asked = ambient.clock.now()
    const none = (cause: NoDataCause, detail: string): NoData => ({ kind: 'no-data', at: asked, cause, detail })
    // Not everybody who reads has been through the preflight: a watch is not.
    if (uncountable) return none('malformed', `requests slower than ${given.slowerThanMs ?? 0} ms can't be counted`)
    const report = await reportOf(given, ambient)
    if (typeof report === 'string') return none('unreachable', report)
    const candidate = counted(report, arms.candidate, given.slowerThanMs)
    if (!('identity' in candidate)) return none(candidate.cause, candidate.detail)
    if (arms.stable === undefined) return { kind: 'sample', at: report.at, candidate }
    const stable = counted(report, arms.stable, given.slowerThanMs)
    if (!('identity' in stable)) return none(stable.cause, stable.detail)
    return { kind: 'sample', at: report.at, stable, candidate }
  }
  return {
    name: 'local',
    read,
    preflight: async (arms) => {
      if (uncountable) throw unusable(`The local proxy can't count requests slower than ${given.slowerThanMs ?? 0} ms.`, `Set \`judge.latency.slower-than\` to one of ${latencyBounds.join(', ')} ms.`)
      const report = await reportOf(given, ambient)
      if (typeof report === 'string') throw unusable(`The proxy's counters of environment \`${given.environment}\` can't be read: ${report}.`)
      const stable = arms.stable && counted(report, arms.stable, given.slowerThanMs)
      if (stable !== undefined && !('identity' in stable)) throw unusable(`The stable arm of environment \`${given.environment}\` can't be judged: ${stable.detail}.`)
    },
  }
}

/** The counters, or why there are none. */
async function reportOf(given: LocalMetricsGiven, ambient: Ambient): Promise<CountersReport | string> {
  const state = given.state.startsWith('/') ? given.state : `${ambient.paths.work}/${given.state}`
  const places = localPlaces(state, given.environment)
  try {
    const card = await ambient.files.textIfThere(places.card)
    if (card === undefined) return 'no server runs'
    const answer = await ambient.http.request({
      what: `read the counters of environment \`${given.environment}\``, method: 'POST', url: 'http://localhost/counters',
      socketPath: decodeText(decodeCard, card, places.card).socket, body: '{}', timeoutMs: ASK_MS,
    })
    return answer.status === 200 ? decodeText(decodeCounters, answer.body, 'counters') : `the server answered ${answer.status}`
  } catch (thrown) {
    return messageOf(thrown)
  }
}

function counted(report: CountersReport, arm: Arm, slowerThanMs: number | undefined): ArmCounters | { readonly cause: NoDataCause; readonly detail: string } {
  const found = report.arms.find((one) => one.arm === arm.name)
  if (found === undefined) return { cause: 'empty', detail: `no ${arm.name} instance is behind the proxy` }
  if (found.version !== arm.identity) return { cause: 'wrong-release', detail: `${arm.name} runs release ${found.version}, not ${arm.identity}` }
  return {
    identity: found.version, requests: found.requests, errors: found.errors,
    ...(slowerThanMs === undefined ? {} : { slow: slowerThan(found, slowerThanMs) }),
  }
}

function slowerThan(arm: ArmReport, ms: number): number {
  const within = latencyBounds.findIndex((bound) => bound === ms)
  return arm.latency.slice(within + 1).reduce((sum, count) => sum + count, 0)
}

function unusable(message: string, fix?: string): InputError {
  return new InputError([{ code: 'metrics-unusable', message, ...(fix === undefined ? {} : { fix }) }])
}
