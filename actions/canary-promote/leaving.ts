import type { DeliveryPorts, DeliveryRequest } from '../../core/delivery/request.js'
import { resultParts, type Delivery } from '../../core/delivery/work.js'
import { failedChecks, judgedReasons } from '../../core/domain/climbing.js'
import { readableDuration } from '../../core/domain/duration.js'
import { allowedText, badWord } from '../../core/domain/judging.js'
import type { JudgeVerdict } from '../../core/domain/judge/index.js'
import type { MetricCheck } from '../../core/domain/rollout.js'
import type { NoData, Sample } from '../../core/domain/sample.js'
import { triggerNames } from '../../core/domain/trigger.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Climbed } from './climb.js'
import type { PromoteOutcome, Reason } from './outcome.js'
import { outcome, share, type Facts } from './report.js'

/** Why the way forward was left. */
export interface Leaving {
  readonly reason: Reason
  readonly message: string
}

const JUDGED: readonly Reason[] = ['failed', ...judgedReasons]
const AGAINST: readonly Reason[] = [...JUDGED, ...triggerNames, 'candidate-died', 'checks-failed']

/** Evidence spoke against the release itself, so it is not delivered again unless forced. */
export function isBad(reason: Reason): boolean {
  return AGAINST.includes(reason)
}

/** `undefined` when the climb reached the top. */
export function leaveBecause(climbed: Climbed, end: NonNullable<Climbed['end']>, checks: readonly MetricCheck[]): Leaving | undefined {
  if (end.kind === 'up' || end.kind === 'promote-unsuspected') return undefined
  if (end.kind === 'hold') return { reason: 'held', message: `Held at ${climbed.weight} %: ${why(end.reason, climbed, checks)}` }
  return { reason: end.reason, message: why(end.reason, climbed, checks) }
}

function why(reason: Reason, climbed: Climbed, checks: readonly MetricCheck[]): string {
  const { verdict, weight, track, alarm } = climbed
  const took = readableDuration((track.at(-1)?.at ?? 0) - (track[0]?.at ?? 0))
  if (JUDGED.includes(reason)) return `At ${weight} % the judge failed the release after ${took}: ${verdict === undefined ? '' : failedChecks(verdict).map((check) => seenOf(check, checks)).join('; ')}.`
  if (alarm?.name === reason) return `At ${weight} % the trigger \`${alarm.name}\` fired after ${took}: ${alarm.detail.replace(/\.$/, '')}.`
  if (reason === 'no-data' && climbed.outOfSight === true) return `At ${weight} % neither the release nor what serves could be reached after ${took}: what stands before both does not run, or both are down.`
  if (reason === 'no-data') {
    const silent = silenceOf(track.at(-1)?.sample)
    const unseen = verdict?.checks.filter(({ totals }) => totals.candidate.requests === 0).map(({ name }) => `\`${name}\``) ?? []
    const counted = unseen.length === 0 ? 'the candidate got no requests' : `no request of the candidate was counted for ${unseen.join(' and ')}`
    return `At ${weight} % there was nothing to judge by: ${silent ?? counted}.`
  }
  if (reason === 'candidate-died') return `At ${weight} % the candidate stopped or became unhealthy after ${took}.`
  if (reason === 'weight-changed') return `The weight of ${weight} % was no longer in effect: something else changed it, or the platform's own switch did.`
  return `At ${weight} % the judge had not decided after ${took}, leaning ${verdict?.lean ?? 'nowhere'}.`
}

/** What the source did not know, or a part of it that was asked for. */
function silenceOf(last: Sample | NoData | undefined): string | undefined {
  if (last?.kind === 'no-data') return `${last.cause}, ${last.detail}`
  return last?.missing?.map(({ name, cause, detail }) => `\`${name}\` is ${cause}, ${detail}`).join('; ')
}

function seenOf(check: JudgeVerdict['checks'][number], checks: readonly MetricCheck[]): string {
  const { name, totals: { candidate, stable } } = check
  const word = badWord(checks, name)
  return `${name}: ${share(candidate.bad, candidate.requests)}${word} against ${share(stable.bad, stable.requests)} of stable${word === '' ? `, ${allowedText(checks, check)} would do` : ''}`
}

/** Leaves the weight as it is and the deadline of the platform off: somebody decides. */
export async function hold(
  way: { readonly request: DeliveryRequest; readonly ports: DeliveryPorts; readonly delivery: Delivery; readonly facts: Facts },
  left: Leaving,
  ambient: Ambient,
): Promise<PromoteOutcome> {
  const { request, ports, delivery, facts } = way
  delivery.hold.signal.throwIfAborted()
  if (ports.platform.capabilities.deadMan) await ports.platform.returnAt(0)
  ambient.log.warn(left.message)
  await delivery.finish({ ok: false, reason: left.reason, message: left.message, ...resultParts({ live: facts.previous, schema: facts.schema }) })
  return outcome(request, left.reason, `${left.message} Run canary-promote again to go on, or rollback to go back.`, facts)
}
