import type { EdgeState } from '../../../../domain/edge-control/index.js'
import { messageOf, StateError } from '../../../../errors/families.js'
import { startEdge } from './edge.js'
import { start, unhealthy, untilHealthy } from './instances.js'
import { armState, containersFor, type Seen } from './look.js'
import { instanceOf, type Instance } from './record.js'
import { named, until, type Site } from './site.js'
import { stateOf } from './wishes.js'

/** A release that served before is as well as it was in this time, or not at all. */
const AGAIN_WITHIN_MS = 30_000
/** An edge that has just started asks everybody first. */
const FIRST_CHECKS_MS = 5000
const FRESH_MS = 10_000

/**
 * Users first: the edge runs, and stable behind it, whoever stopped them. Rejects with `edge-failed` when stable does not come
 * up: then nothing may be taken from the candidate.
 */
export async function standing(site: Site, seen: Seen): Promise<void> {
  const stable = instanceOf(seen.record, seen.wish?.stable?.instance)
  if (stable === undefined || seen.edge === undefined) return
  const fresh = !seen.edge.running || seen.state === undefined || seen.state.at - seen.edge.startedAt < FRESH_MS
  if (!seen.edge.running) await startEdge(site, seen)
  const own = containersFor(seen, stable)
  if (own.length === stable.containers.length && own.every(({ running }) => running)) {
    if (fresh) await until(() => reached(site, stable), FIRST_CHECKS_MS, site.ambient)
    return
  }
  site.ambient.log.warn(`${named(site, `Stable ${stable.release.version}`)} does not run; it is started again.`)
  try {
    await start(site, stable, seen)
    await untilHealthy(site, stable, AGAIN_WITHIN_MS, true)
    await untilReached(site, stable, AGAIN_WITHIN_MS)
  } catch (fault) {
    throw new StateError('edge-failed', {
      message: `${named(site, `Stable ${stable.release.version}`)} was stopped and does not come up again, so nothing was taken from the release on trial. ${messageOf(fault)}`,
      fix: 'Correct what keeps it from starting and go back again, or roll back to another release.', cause: fault,
    })
  }
}

/** Resolves when each of its containers passes the edge's own check. Rejects with `candidate-unhealthy`. */
export async function untilReached(site: Site, instance: Instance, withinMs: number): Promise<EdgeState> {
  const state = await until(() => reached(site, instance), withinMs, site.ambient)
  if (state !== undefined) return state
  throw unhealthy(site, instance, `its containers run, and do not answer the edge's GET ${site.options.healthPath} on port ${instance.port} with 2xx or 3xx after ${withinMs / 1000} s`)
}

async function reached(site: Site, { id }: Instance): Promise<EdgeState | undefined> {
  const state = await stateOf(site)
  const arm = armState(state, id)
  return arm !== undefined && arm.servers > 0 && arm.up === arm.servers ? state : undefined
}
