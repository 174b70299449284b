import { lastLive } from '../../core/domain/history.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { readBackups } from './backups.js'
import type { Run } from './run.js'

/** The receipts of all stores, and what the ledger says is live; without the ledger it goes on. */
export async function look(run: Run, ambient: Ambient): Promise<void> {
  const { request, ports, facts } = run
  facts.backups = await readBackups(request, ports.stores, ambient)
  try {
    facts.history = await (await ports.ledger(ambient)).history(request.environment.name)
    const live = lastLive(facts.history)?.result?.live
    if (live !== undefined) facts.live = live
  } catch (fault) {
    ambient.signal.throwIfAborted()
    const told = `The ledger could not be read, so nobody says which release is live: ${messageOf(fault)}`
    ambient.log.warn(told)
    facts.notes.push(told)
  }
}
