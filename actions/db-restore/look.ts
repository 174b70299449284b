import { lastLive } from '../../core/domain/history.js'
import { choosePoint, type KeptBackup, type PointAsked } from '../../core/domain/restore-point.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { readBackups } from './backups.js'
import { Verdict } from './outcome.js'
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

/** The backup that is meant, and what is to be known about it is said. */
export function chosen({ request, facts }: Run, of: Pick<PointAsked, 'database' | 'archived'>, ambient: Ambient): KeptBackup {
  const { environment, receipt, before, unverified } = request
  const point = choosePoint(facts.backups!.kept, {
    app: environment.app, environment: environment.name, unverified, now: ambient.clock.now(), ...of,
    ...(receipt === undefined ? {} : { receipt }), ...(before === undefined ? {} : { before }),
  })
  if (point.kind !== 'chosen') throw new Verdict(point.kind, point.message)
  facts.receipt = point.backup.receipt
  for (const note of point.notes) {
    ambient.log.warn(note)
    facts.notes.push(note)
  }
  return point.backup
}
