import { timed } from '../../core/delivery/chronicle.js'
import type { Delivery } from '../../core/delivery/work.js'
import { emptyCaches } from '../../core/delivery/flush-cache.js'
import { runUserCommand, type CommandResult } from '../../core/delivery/user-command.js'
import type { Release } from '../../core/domain/release.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Cache } from '../../core/ports/cache.js'
import type { RollbackPorts, RollbackRequest } from './flow.js'
import type { Reason } from './outcome.js'
import type { Facts } from './report.js'

const COMMAND_WITHIN_MS = 600_000
/** Of a command that was not asked for. */
const NOTHING: CommandResult = { lastLines: [] }

/** What a rollback can do about the data, only when it was asked for. */
export interface DataPorts {
  /** Whether the store has a backup with this receipt. */
  known(receipt: string): Promise<boolean>
  /** Puts the backup in the place of the database; resolves to the name that the old one is kept under. */
  restore(receipt: string): Promise<string>
  /** What is to be emptied where no command does it, by its address. */
  cache(url: string): Promise<Cache>
}

export interface Afterwards {
  /** Set when something went wrong. */
  readonly reason?: Reason
  readonly message: string
  readonly facts: Pick<Facts, 'lastLines' | 'keptDatabase'>
}

/** What comes after the traffic is back, in this order: schema down, database, caches. The first that fails ends it. */
export async function afterwards(request: RollbackRequest, delivery: Delivery, { platform, data }: RollbackPorts, target: Release, ambient: Ambient): Promise<Afterwards> {
  const { migrate, name } = request.environment
  const run = async (what: string, script: string): Promise<CommandResult> => {
    delivery.hold.signal.throwIfAborted()
    ambient.log.step(what)
    const command = { what, script, in: migrate?.in ?? ('runner' as const), withinMs: migrate?.withinMs ?? COMMAND_WITHIN_MS }
    return runUserCommand(command, { environment: name, url: request.url, release: target }, platform, ambient)
  }
  const { migrateDown, flushCache } = request
  const down = migrateDown === undefined ? NOTHING : await delivery.doing('migrate', () => run('take the database schema back', migrateDown), { detail: 'down' })
  if (down.why !== undefined) return { reason: 'migrate-down-failed', message: down.why, facts: { lastLines: down.lastLines } }
  const restored = await restoredData(request, delivery, data, ambient)
  if ('fault' in restored) return { reason: 'restore-failed', message: messageOf(restored.fault), facts: {} }
  const { keptDatabase } = restored
  const facts = keptDatabase === undefined ? {} : { keptDatabase }
  const told = keptDatabase === undefined ? '' : `The database was restored from receipt ${request.restoreReceipt}; what it held before is kept as \`${keptDatabase}\`.`
  const flushed = flushCache === undefined ? NOTHING : await emptyCaches(flushCache, { command: run, cache: data.cache }, ambient)
  if (flushed.why !== undefined) return { reason: 'flush-failed', message: `${told} ${flushed.why}`.trim(), facts: { ...facts, lastLines: flushed.lastLines } }
  return { message: told, facts }
}

/** Recorded before and after: it is the one change that loses what was written since. */
async function restoredData({ restoreReceipt: receipt }: RollbackRequest, delivery: Delivery, data: DataPorts, ambient: Ambient): Promise<{ readonly keptDatabase?: string } | { readonly fault: unknown }> {
  if (receipt === undefined) return {}
  delivery.hold.signal.throwIfAborted()
  ambient.log.step(`Restore the database from receipt ${receipt}`)
  await delivery.observed(`restoring the database from receipt ${receipt}`)
  let keptDatabase: string
  try {
    keptDatabase = await timed(delivery.chronicle, 'restore database', ambient, () => data.restore(receipt))
  } catch (fault) {
    return { fault }
  }
  await delivery.observed(`database restored from receipt ${receipt}, the one before is kept as ${keptDatabase}`)
  return { keptDatabase }
}
