import type { LeaseOwner } from '../domain/history.js'
import { readableDuration } from '../domain/duration.js'
import { messageOf, StateError } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Lease, Ledger } from '../ports/ledger.js'

/** The lease on an environment, kept alive while the work goes on. */
export interface Hold {
  readonly lease: Lease
  /** Whom it was taken from, when it was taken from a living one. */
  readonly preempted?: LeaseOwner
  /** Aborts when the run is cancelled, or the lease is lost: then with a `StateError` `lease-lost` for its reason. */
  readonly signal: AbortSignal
  lost(): boolean
}

/**
 * Takes the lease on an environment, runs the work and lets go.
 * Rejects with `StateError` `lease-held` when another delivery holds it and `preempt` is false.
 */
export async function withHold<T>(
  ledger: Ledger,
  environment: string,
  options: { readonly preempt: boolean },
  ambient: Ambient,
  work: (hold: Hold) => Promise<T>,
): Promise<T> {
  const taken = await ledger.take(environment, options)
  if (taken.kind === 'held') {
    throw new StateError('lease-held', {
      message: `Environment \`${environment}\` is held by run ${taken.by.run.id} of ${taken.by.run.actor} (${taken.by.run.workflow}) for another ${readableDuration(Math.max(0, taken.until - ambient.clock.now()))}.`,
    })
  }
  const losing = new AbortController()
  const ending = new AbortController()
  const watching = watch(ledger, taken.lease, losing, ending.signal, ambient)
  try {
    return await work({
      lease: taken.lease,
      ...(taken.preempted === undefined ? {} : { preempted: taken.preempted }),
      signal: AbortSignal.any([ambient.signal, losing.signal]),
      lost: () => losing.signal.aborted,
    })
  } finally {
    ending.abort()
    await watching
    await letGo(ledger, taken.lease, ambient)
  }
}

/** What was done stays done when the lease can't be given back: it ends by itself. */
async function letGo(ledger: Ledger, lease: Lease, ambient: Ambient): Promise<void> {
  try {
    await ledger.release(lease)
  } catch (fault) {
    ambient.log.warn(`The lease on \`${lease.environment}\` was not given back and ends by itself: ${messageOf(fault)}`)
  }
}

export function leaseLost({ environment }: Lease): StateError {
  return new StateError('lease-lost', { message: `The lease on \`${environment}\` was taken by another run.` })
}

/** Keeps the lease alive; a failed look is no proof of anything, so it is told and tried again. */
async function watch(ledger: Ledger, lease: Lease, losing: AbortController, ended: AbortSignal, ambient: Ambient): Promise<void> {
  let seenAt = ambient.clock.now()
  while (!ended.aborted && !losing.signal.aborted) {
    await ambient.clock.sleep(ledger.pace.lookEveryMs, ended)
    if (ended.aborted) return
    try {
      if (!(await ledger.renew(lease))) losing.abort(leaseLost(lease))
      seenAt = ambient.clock.now()
    } catch (fault) {
      if (ambient.clock.now() - seenAt > ledger.pace.unseenMs) losing.abort(leaseLost(lease))
      ambient.log.warn(`Could not look at the lease on \`${lease.environment}\`: ${messageOf(fault)}`)
    }
  }
}
