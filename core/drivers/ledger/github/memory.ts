import type { DeliveryResult } from '../../../domain/history.js'
import type { Release } from '../../../domain/release.js'
import type { DeliveryPayload, Known, Named } from './payload.js'

/** A delivery as the list and its statuses tell it. */
export interface Remembered {
  readonly id: string
  readonly payload: DeliveryPayload
  readonly result?: DeliveryResult
  readonly active: boolean
}

/** So many finished deliveries each new one remembers, and so many bytes of them at most: no limit of GitHub's is documented. */
const MOST = 60
const MOST_BYTES = 40_000

/** What a new delivery's payload tells of those before it, oldest first. */
export function remember(before: readonly Remembered[]): readonly Known[] {
  const finished = before.filter(({ result }) => result !== undefined).slice(-MOST)
  const places = new Map<string, Named>()
  // The newest place of a release is the one that will be in the list for longest.
  for (const { id, payload: { intent } } of finished) {
    if (intent.previous !== undefined) places.set(JSON.stringify(intent.previous), { of: id, as: 'previous' })
    places.set(JSON.stringify(intent.release), { of: id, as: 'release' })
  }
  const named = (release: Release): Named => places.get(JSON.stringify(release)) ?? { is: release }
  const known: Known[] = []
  let bytes = 0
  for (const { id, result, active } of finished.toReversed()) {
    if (result === undefined) continue
    const { at, ok, reason, message, live, bad, schema, record } = result
    const one: Known = {
      id, at, ok, reason, message: message.length > 100 ? `${message.slice(0, 99).replace(/[\uD800-\uDBFF]$/, '')}…` : message, active,
      ...(live === undefined ? {} : { live: named(live) }), ...(bad === undefined ? {} : { bad: named(bad) }),
      ...(schema === undefined ? {} : { schema }), ...(record === undefined ? {} : { record }),
    }
    bytes += JSON.stringify(one).length
    if (bytes > MOST_BYTES) break
    known.unshift(one)
  }
  return known
}

/** A result as a later delivery remembers it; `undefined` when a release that it names is in no payload at hand. */
export function recalled(known: Known, intentOf: (id: string) => DeliveryPayload['intent'] | undefined): DeliveryResult | undefined {
  const { at, ok, reason, message, schema, record } = known
  const live = found(known.live, intentOf)
  const bad = found(known.bad, intentOf)
  if ((known.live !== undefined && live === undefined) || (known.bad !== undefined && bad === undefined)) return undefined
  return {
    at, ok, reason, message, ...(live === undefined ? {} : { live }), ...(bad === undefined ? {} : { bad }),
    ...(schema === undefined ? {} : { schema }), ...(record === undefined ? {} : { record }),
  }
}

function found(named: Named | undefined, intentOf: (id: string) => DeliveryPayload['intent'] | undefined): Release | undefined {
  if (named === undefined) return undefined
  return 'is' in named ? named.is : intentOf(named.of)?.[named.as]
}
