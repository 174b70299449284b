import { judgedReasons } from '../climbing.js'
import type { DeliveryRecord, DeliveryResult } from '../history.js'
import { releaseKey, sameRelease, type Release } from '../release.js'
import { triggerNames } from '../trigger.js'

/** What one finished delivery means for the figures. */
export interface Assessed {
  readonly kind: 'forward' | 'rollback'
  /** When it ended. */
  readonly at: number
  readonly ok: boolean
  /** From begun to ended, of those that went well. */
  readonly durationMs?: number
  /** Until it was live, of those that went well, and since when that is counted. */
  readonly lead?: { readonly ms: number; readonly from: 'commit' | 'request' }
  /** Users were served by its release. */
  readonly exposed: boolean
  /** A rollback took its release back later. */
  readonly takenBack: boolean
  /** Evidence or a rollback spoke against what users had been served. */
  readonly failedChange: boolean
  /** From the first user to the end of going back, where there was one. */
  readonly restoreMs?: number
  /** How long going back took: asked for, or begun by itself, to its end. */
  readonly goingBackMs?: number
}

type Growing = { -readonly [K in keyof Assessed]: Assessed[K] } & { readonly harmAt: number }
type Finished = DeliveryRecord & { readonly result: DeliveryResult }

/** Reasons by which a release itself was found wanting; others (cancelled, no data, …) say nothing about it. */
export const AGAINST: readonly string[] = ['failed', ...judgedReasons, ...triggerNames, 'checks-failed', 'candidate-died', 'unhealthy', 'wrong-version', 'stuck']
/** Reasons that are only reached with traffic on the release, for records whose events are not at hand. */
const AFTER_TRAFFIC: readonly string[] = ['failed', ...judgedReasons, ...triggerNames, 'undecided', 'held', 'no-data', 'weight-changed']

/** The finished deliveries of one environment, oldest first, in one pass. Those that found their release live already changed nothing and are left out. */
export function assess(deliveries: readonly DeliveryRecord[], committedAt: ReadonlyMap<string, number> = new Map()): readonly Assessed[] {
  const state: State = { carriers: new Map(), harmed: [] }
  return deliveries.flatMap((record): readonly Assessed[] => {
    const { result } = record
    if (result === undefined) return []
    const finished: Finished = { ...record, result }
    if (changedNothing(finished)) return []
    const one = record.intent.kind === 'rollback' ? rollback(finished, state) : forward(finished, state, committedAt)
    settleHarm(finished, state)
    return [one]
  })
}

interface State {
  /** By release: the newest delivery that showed it to users. */
  readonly carriers: Map<string, Growing>
  /** Deliveries whose bad release still serves. */
  harmed: { readonly one: Growing; readonly release: Release }[]
  /** When the first of the rollbacks was asked for that have not succeeded yet. */
  askedAt?: number
}

function changedNothing({ intent, result }: Finished): boolean {
  return intent.kind !== 'rollback' && result.ok && intent.previous !== undefined && sameRelease(intent.previous, intent.release)
}

function forward(record: Finished, state: State, committedAt: ReadonlyMap<string, number>): Growing {
  const { intent, result, begunAt } = record
  const { release } = intent
  const first = record.events.find((event) => event.type === 'doing' && (event.verb === 'promote' || (event.verb === 'shift' && (event.weight ?? 0) > 0)))
  const serves = serving(result, release)
  const exposed = result.ok || serves || first !== undefined || AFTER_TRAFFIC.includes(result.reason)
  const failedChange = exposed && !result.ok && ((result.bad !== undefined && sameRelease(result.bad, release)) || AGAINST.includes(result.reason))
  const harmAt = first?.at ?? begunAt
  const one: Growing = { kind: 'forward', at: result.at, ok: result.ok, exposed, takenBack: false, failedChange, harmAt }
  if (result.ok) {
    one.durationMs = span(begunAt, result.at)
    one.lead = leadOf(record, committedAt)
  }
  if (exposed) state.carriers.set(releaseKey(release), one)
  if (exposed && !result.ok && result.live !== undefined && !serves) {
    const left = record.events.find((event) => event.type === 'doing' && (event.verb === 'abandon' || event.verb === 'restore'))
    if (left !== undefined) one.goingBackMs = span(left.at, result.at)
    if (failedChange) one.restoreMs = span(harmAt, result.at)
  } else if (failedChange) {
    state.harmed.push({ one, release })
  }
  return one
}

function rollback({ intent, result }: Finished, state: State): Growing {
  const one: Growing = { kind: 'rollback', at: result.at, ok: result.ok, exposed: false, takenBack: false, failedChange: false, harmAt: result.at }
  state.askedAt ??= intent.requestedAt
  if (!serving(result, intent.release)) return one
  one.goingBackMs = span(state.askedAt, result.at)
  delete state.askedAt
  const left = result.bad ?? intent.previous
  const carrier = left === undefined || sameRelease(left, intent.release) ? undefined : state.carriers.get(releaseKey(left))
  if (carrier === undefined) return one
  carrier.takenBack = true
  carrier.failedChange = true
  carrier.restoreMs ??= span(carrier.harmAt, result.at)
  state.carriers.delete(releaseKey(left!))
  return one
}

/** Whatever brings another release live ends the harm of a bad one, and the wait of a rollback that had not succeeded. */
function settleHarm({ intent, result }: Finished, state: State): void {
  const { live } = result
  if (live === undefined) return
  state.harmed = state.harmed.filter(({ one, release }) => {
    if (sameRelease(release, live)) return true
    one.restoreMs ??= span(one.harmAt, result.at)
    return false
  })
  if (result.ok && intent.kind !== 'rollback') delete state.askedAt
}

function serving({ live }: DeliveryResult, release: Release): boolean {
  return live !== undefined && sameRelease(live, release)
}

/** A commit that is younger than its own delivery says nothing. */
function leadOf({ intent, result }: Finished, committedAt: ReadonlyMap<string, number>): NonNullable<Assessed['lead']> {
  const committed = committedAt.get(intent.release.commit)
  return committed === undefined || committed > result.at
    ? { ms: span(intent.requestedAt, result.at), from: 'request' }
    : { ms: span(committed, result.at), from: 'commit' }
}

/** Clocks of two machines may be apart by more than a step took. */
function span(from: number, to: number): number {
  return Math.max(0, to - from)
}
