import type { Diagnosis } from '../domain/platform.js'
import type { Release } from '../domain/release.js'
import { EcluseError, messageOf } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import { goBack, goBackTo, type WentBack } from './go-back.js'
import { resultParts, type Delivery, type Grounds } from './work.js'

/** A cancelled run is killed 10 s after its first signal: going back must be done before that. */
export const SHIELD_MS = 7000

export type Interruption = 'cancelled' | 'preempted' | 'error'

/** Why the way forward was left, and what was seen after going back. */
export interface Turned<Reason extends string> {
  readonly reason: Reason | Interruption | 'stuck'
  readonly message: string
  readonly went: WentBack
  readonly diagnosis?: Diagnosis
}

export interface Retreat {
  /** The same platform and ledger in surroundings that a cancel does not stop. */
  readonly shielded: () => Promise<Grounds>
  /** Set when the candidate was promoted already: then this release is restored. */
  readonly previous?: Release
}

/** Leaves the way forward: traffic goes back, what was seen is recorded and the delivery is closed. */
export async function turnBack<Reason extends string>(
  delivery: Delivery,
  why: { readonly reason: Reason | Interruption; readonly message: string; readonly bad?: Release },
  retreat: Retreat,
  ambient: Ambient,
): Promise<Turned<Reason>> {
  ambient.log.step(`Going back: ${why.message}`)
  const grounds = await retreat.shielded()
  const { previous } = retreat
  const verb = previous === undefined ? 'abandon' : 'restore'
  if (!delivery.hold.lost()) await attempt(() => delivery.doing(verb, async () => {}, { detail: why.reason }), 'The intent to go back was not recorded', ambient)
  // Users first: the candidate loses its traffic before anybody asks why, and is still there to be asked.
  if (previous === undefined) await attempt(() => grounds.platform.shift(0), 'The weight could not be set to 0 before the candidate goes', ambient)
  const diagnosis = await attempt(() => grounds.platform.diagnose(ambient.clock.now() - 10 * 60_000), 'No diagnosis', ambient)
  const went = previous === undefined ? await goBack(grounds.platform, ambient) : await goBackTo(previous, grounds.platform, ambient)
  ambient.log.info(`Seen after going back: ${went.seen}.`)
  const reason = went.back ? why.reason : 'stuck'
  const message = went.back ? `${why.message} Went back: ${went.seen}.` : `${why.message} Going back could not be observed: ${went.seen}. Look at the platform now, and run rollback.`
  await grounds.ledger.finish(delivery.hold.lease, delivery.id, { at: ambient.clock.now(), ok: false, reason, message, ...resultParts({ live: went.live, bad: why.bad }) })
  return { reason, message, went, ...(diagnosis === undefined ? {} : { diagnosis }) }
}

/** What interrupted the work, from what was thrown and from what the signals say. */
export function interruption(fault: unknown, delivery: Delivery, ambient: Ambient): { readonly reason: Interruption; readonly message: string } {
  if (delivery.hold.lost() || (fault instanceof EcluseError && fault.code === 'lease-lost')) {
    return { reason: 'preempted', message: `Another run took over \`${delivery.hold.lease.environment}\`.` }
  }
  if (ambient.signal.aborted) return { reason: 'cancelled', message: 'The run was cancelled.' }
  return { reason: 'error', message: messageOf(fault) }
}

/** Something that must not keep traffic from going back: its fault is told, not thrown. */
async function attempt<T>(act: () => Promise<T>, failed: string, ambient: Ambient): Promise<T | undefined> {
  try {
    return await act()
  } catch (fault) {
    ambient.log.debug(`${failed}: ${messageOf(fault)}`)
    return undefined
  }
}
