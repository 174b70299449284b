import type { PastRelease } from '../../../../domain/platform.js'
import { sameRelease, type Release } from '../../../../domain/release.js'
import { messageOf, StateError } from '../../../../errors/families.js'
import { startEdge } from './edge.js'
import { start, untilHealthy } from './instances.js'
import { enter } from './launch.js'
import { containersFor, lookAt, type Seen } from './look.js'
import { lookWhole } from './mend.js'
import { instanceOf, restorable, type Instance } from './record.js'
import { inUse, LOOK_MS, named, type Site } from './site.js'
import { untilReached } from './standing.js'
import { abandon, swap, tidy } from './traffic.js'

/** A past release that does not get well in this time does not come back. */
const WELL_WITHIN_MS = 60_000

/** What can come back: its containers are there, or its image is on the host. */
export async function releases(site: Site): Promise<readonly PastRelease[]> {
  const seen = await lookWhole(site)
  const found = await Promise.all(restorable(seen.record, inUse(seen.wish)).slice(0, site.options.keep).map(async ({ instance, ...past }) => {
    const whole = containersFor(seen, instance).length === instance.containers.length
    return whole || (await imagesThere(site, Object.values(past.release.images))) ? [past] : []
  }))
  return found.flat()
}

async function imagesThere(site: Site, images: readonly string[]): Promise<boolean> {
  const { exitCode } = await site.engine.run({ what: named(site, 'look for images'), argv: ['image', 'inspect', '--format', '{{.Id}}', ...images], timeoutMs: LOOK_MS, accept: [0, 1] })
  return exitCode === 0
}

/** Starts what is kept of it, waits until the edge reaches it, and gives it everything. */
export async function restore(site: Site, past: Pick<PastRelease, 'id' | 'release'>): Promise<void> {
  const seen = await lookWhole(site)
  const instance = instanceOf(seen.record, past.id) ?? sameHere(seen, past.release)
  if (instance === undefined || seen.edge === undefined) {
    throw new StateError('release-gone', { message: `${named(site, `Release ${past.release.version}`)} is not kept any more.` })
  }
  if (!seen.edge.running) await startEdge(site, seen)
  // A trial ends with the decision to go back, not with the return of the older release.
  const trial = seen.wish?.candidate?.instance
  if (trial !== undefined && trial !== instance.id) await ended(site)
  await start(site, instance, seen)
  if (seen.wish?.stable?.instance !== instance.id) return swap(site, await enter(site, instance, WELL_WITHIN_MS, true), instance)
  await untilHealthy(site, instance, WELL_WITHIN_MS, true)
  await untilReached(site, instance, WELL_WITHIN_MS)
  // A run that was killed may have left the one before it running.
  await tidy(site, await lookAt(site))
}

/** Another host may know the same release by another launch. */
function sameHere({ record, wish }: Seen, release: Release): Instance | undefined {
  const stable = instanceOf(record, wish?.stable?.instance)
  if (stable !== undefined && sameRelease(stable.release, release)) return stable
  return restorable(record, inUse(wish)).find((past) => sameRelease(past.release, release))?.instance
}

/** Where stable is dead, the older release takes the trial's place all the same. */
async function ended(site: Site): Promise<void> {
  try {
    await abandon(site)
  } catch (fault) {
    site.ambient.signal.throwIfAborted()
    site.ambient.log.warn(messageOf(fault))
  }
}
