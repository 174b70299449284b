import type { Ambient } from '../../core/ports/ambient.js'
import { gather, type BriefPorts, type BriefRequest, type Gathered } from './gathering.js'
import type { BriefOutcome, Reason } from './outcome.js'
import { outcome, unknowns } from './report.js'
import { warningsOf } from './warnings.js'

/** Says what an approval would let in. Changes nothing, takes no lease, heals nothing. */
export async function brief(request: BriefRequest, ports: BriefPorts, ambient: Ambient): Promise<BriefOutcome> {
  // 1. Look at everything that can be looked at.
  ambient.log.step(`Look at what ${request.delivery.release.version} would change in \`${request.delivery.environment.name}\``)
  const found = await gather(request, ports, ambient)

  // 2. What of it speaks against going on?
  const warnings = warningsOf(request, found)
  for (const warning of warnings) ambient.log.warn(warning)

  // 3. Tell it where whoever approves looks.
  return outcome(request, reasonOf(request, found, warnings), found, warnings)
}

function reasonOf({ strict }: BriefRequest, found: Gathered, warnings: readonly string[]): Reason {
  if (warnings.length > 0) return strict ? 'warned' : 'briefed-with-warnings'
  // Silence is no answer: where nothing could be asked, nothing spoke against it either.
  return strict && unknowns(found).length > 0 ? 'not-known' : 'briefed'
}
