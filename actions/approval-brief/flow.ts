import type { Ambient } from '../../core/ports/ambient.js'
import { gather, type BriefPorts, type BriefRequest } from './gathering.js'
import type { BriefOutcome } from './outcome.js'
import { outcome } from './report.js'
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
  const reason = warnings.length === 0 ? 'briefed' : request.strict ? 'warned' : 'briefed-with-warnings'
  return outcome(request, reason, found, warnings)
}
