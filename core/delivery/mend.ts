import { StateError } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import { heal, type Healed } from './heal.js'
import { withHold } from './hold.js'
import type { Grounds } from './work.js'

/** What a post step does: closes what its main step, or another of the same run, left open. `delivery` is what that one remembered. */
export async function mend(grounds: Grounds, environment: string, delivery: string, ambient: Ambient): Promise<readonly Healed[]> {
  if (delivery === '') return []
  const open = await grounds.ledger.inFlight(environment)
  if (!open.some(({ id, intent, alive }) => id === delivery || (intent.run.id === ambient.run.id && !alive))) return []
  try {
    return await withHold(grounds.ledger, environment, { preempt: false }, ambient, (hold) => heal(grounds, hold, ambient))
  } catch (fault) {
    // Whoever holds the environment now heals it as their own first step.
    if (fault instanceof StateError && fault.code === 'lease-held') return []
    throw fault
  }
}
