import type { DeliveryRecord, EnvironmentHistory, RunInfo } from './history.js'
import { sameRelease, type Release } from './release.js'
import type { PastFact, WatchedFact, WatchingFact, WatchState } from './watch-facts.js'
import type { Before } from './watching.js'

/** A release that has all traffic, and who watches it, as the record tells. */
export interface Watch {
  /** Id of the delivery that brought it live. */
  readonly delivery: string
  readonly release: Release
  /** What served before it; absent for the first of all. */
  readonly previous?: Release
  /** When it had all traffic, as observed. */
  readonly startedAt: number
  readonly past?: PastFact
  /** Who said last that they watch, and until when. */
  readonly watcher?: Pick<WatchingFact, 'run' | 'until'>
  readonly state?: WatchState
  readonly ended?: WatchedFact
}

/** What there is to watch: the release that serves, unless it was brought back by a rollback. */
export function watchOf(history: EnvironmentHistory): Watch | undefined {
  const arrived = arrivalOf(history)
  if (arrived?.result === undefined) return undefined
  const { id, intent: { release, previous }, result } = arrived
  const past = history.facts.findLast((fact): fact is PastFact => fact.type === 'past' && fact.delivery === id)
  const ended = history.facts.find((fact): fact is WatchedFact => fact.type === 'watched' && fact.delivery === id)
  return {
    delivery: id, release, startedAt: result.at, ...(previous === undefined ? {} : { previous }), ...(past === undefined ? {} : { past }),
    ...claims(history.facts.filter((fact): fact is WatchingFact => fact.type === 'watching' && fact.delivery === id)), ...(ended === undefined ? {} : { ended }),
  }
}

/**
 * The delivery that brought live what serves now. Later ones may have tried another release and gone back, or found it live
 * already: the first of those that end with this release is the one whose window runs.
 */
function arrivalOf({ deliveries }: EnvironmentHistory): DeliveryRecord | undefined {
  const done = deliveries.filter(({ result }) => result?.live !== undefined)
  const live = done.at(-1)?.result?.live
  if (live === undefined) return undefined
  const since = done.findLastIndex(({ result }) => !sameRelease(result!.live!, live)) + 1
  const first = done[since]
  return first !== undefined && first.intent.kind !== 'rollback' && sameRelease(first.intent.release, live) ? first : undefined
}

/**
 * Facts need no lease, so two watchers may speak at once: the order of the record decides, for all readers alike. A word is
 * heard when nobody holds the watch by then, when it is the holder's own, or when the holder's process is known to be gone.
 */
function claims(facts: readonly WatchingFact[]): Pick<Watch, 'watcher' | 'state'> {
  let held: WatchingFact | undefined
  let state: WatchState | undefined
  for (const fact of facts) {
    if (held !== undefined && held.until > fact.at && !sameWatcher(held.run, fact.run) && fact.dead !== watcherKey(held.run)) continue
    held = fact
    state = fact.state ?? state
  }
  return { ...(held === undefined ? {} : { watcher: { run: held.run, until: held.until } }), ...(state === undefined ? {} : { state }) }
}

/** A job that was started anew goes on with its own watch. */
export function sameWatcher(one: RunInfo, other: RunInfo): boolean {
  return one.id === other.id && one.job === other.job
}

export function watcherKey({ id, job }: RunInfo): string {
  return `${id} ${job}`
}

/**
 * What a release of now is held against: the requests of the release before, in the hour in which this one came. Where those were few (no
 * canary, so no while of both beside each other), what that release's own watch has counted is added: the hour after its arrival.
 */
export function beforeOf({ past, previous }: Pick<Watch, 'past' | 'previous'>, { facts }: Pick<EnvironmentHistory, 'facts'>, enough: number): Before {
  const counted = past?.counted ?? {}
  const earlier = facts.findLast((fact): fact is WatchedFact => fact.type === 'watched' && previous !== undefined && fact.version === previous.version && fact.delivery !== past?.delivery)
  const names = new Set([...Object.keys(counted), ...Object.keys(earlier?.counted ?? {})])
  return Object.fromEntries([...names].flatMap((name) => {
    const [own, added] = [counted[name], earlier?.counted[name]]
    if (own !== undefined && (own.requests >= enough || added === undefined)) return [[name, own]]
    if (added === undefined) return []
    const sum = own ?? { requests: 0, bad: 0 }
    return [[name, { requests: sum.requests + added.requests, bad: sum.bad + added.bad, dispersion: Math.max(sum.dispersion ?? 1, added.dispersion ?? 1) }]]
  }))
}
