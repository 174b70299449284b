import type { Observed } from '../../../../domain/platform.js'
import { isBehindEdge, legacyOf, legacyRelease } from './adopt.js'
import { observedIn } from './look.js'
import { lookWhole } from './mend.js'
import type { Site } from './site.js'

/** What is; until it is taken over, the user's own stack is what serves, where it may be taken over at all. */
export async function observe(site: Site): Promise<Observed> {
  const seen = await lookWhole(site)
  const legacy = site.options.adopt && !isBehindEdge(seen) ? await legacyOf(site) : undefined
  if (legacy === undefined) return observedIn(seen)
  return { stable: { release: legacyRelease(site, legacy), id: legacy.names.join(' '), healthy: legacy.healthy }, weight: 0 }
}
