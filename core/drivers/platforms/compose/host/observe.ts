import type { Observed } from '../../../../domain/platform.js'
import { isBehindEdge, legacyOf, legacyRelease } from './adopt.js'
import { observedIn } from './look.js'
import { lookWhole } from './mend.js'
import type { Site } from './site.js'

/** What is; until it is taken over, the user's own stack is what serves, where it may be taken over; else it is told by its names. */
export async function observe(site: Site): Promise<Observed> {
  const seen = await lookWhole(site)
  const legacy = isBehindEdge(seen) ? undefined : await legacyOf(site)
  if (legacy === undefined) return observedIn(seen)
  if (!site.options.adopt) return { ...observedIn(seen), unmanaged: legacy.names }
  return { stable: { release: legacyRelease(site, legacy), id: legacy.names.join(' '), healthy: legacy.healthy }, weight: 0 }
}
