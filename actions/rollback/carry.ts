import { bringBack, type Way } from '../../core/delivery/bring-back.js'
import type { Hold } from '../../core/delivery/hold.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { afterwards } from './afterwards.js'
import type { RollbackPorts, RollbackRequest } from './flow.js'
import type { Reason, RollbackOutcome } from './outcome.js'
import { outcome, type Facts } from './report.js'

/** 4. Record the intent, bring the target back, look, then the commands that come after the traffic. */
export async function carryOut(request: RollbackRequest, ports: RollbackPorts, hold: Hold, way: Way, facts: Facts, ambient: Ambient): Promise<RollbackOutcome> {
  let after: Pick<Facts, 'lastLines' | 'keptDatabase'> = {}
  const brought = await bringBack<Reason>(request, ports, hold, way, async (delivery) => {
    const done = await afterwards(request, delivery, ports, way, ambient)
    after = done.facts
    return done
  }, ambient)
  const { served: _, ...known } = facts
  return outcome(request, brought.reason, brought.message, { ...known, ...after, ...brought.seen })
}
