import type { Way } from '../../core/delivery/bring-back.js'
import { timed } from '../../core/delivery/chronicle.js'
import type { Delivery } from '../../core/delivery/work.js'
import { emptyCaches } from '../../core/delivery/flush-cache.js'
import { schemaChange, schemaRevision } from '../../core/delivery/migrate.js'
import { runUserCommand, type CommandResult, type Place } from '../../core/delivery/user-command.js'
import type { SchemaChange } from '../../core/domain/history.js'
import type { Receipt } from '../../core/domain/receipt.js'
import { revisionName } from '../../core/domain/schema-choices.js'
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
  /** Whether a store has a backup with this receipt. */
  known(receipt: string): Promise<boolean>
  /** All that the stores have, those of the first store first. */
  receipts(): Promise<readonly Receipt[]>
  /** Name of the database that a restore would replace; undefined when nobody could look. */
  database(): Promise<string | undefined>
  /** Puts the backup in the place of the database; resolves to the name that the old one is kept under. */
  restore(receipt: string): Promise<string>
  /** What is to be emptied where no command does it, by its address. */
  cache(url: string): Promise<Cache>
}

export interface Afterwards {
  /** Set when something went wrong. */
  readonly reason?: Reason
  readonly message: string
  /** Where the schema was and where it is, when it was changed and a command tells. */
  readonly schema?: SchemaChange
  readonly facts: Pick<Facts, 'lastLines' | 'keptDatabase'>
}

/** What comes after the traffic is back, in this order: schema down, database, caches. The first that fails ends it. */
export async function afterwards(request: RollbackRequest, delivery: Delivery, ports: RollbackPorts, way: Way, ambient: Ambient): Promise<Afterwards> {
  const changed = await changedData(request, delivery, ports, way, ambient)
  if (changed.reason !== undefined || request.flushCache === undefined) return changed
  const { flushCache } = request
  const run = (what: string, script: string): Promise<CommandResult> => command(request, delivery, ports, { what, script, way }, ambient)
  const flushed = await emptyCaches(flushCache, { command: run, cache: (url) => ports.data.cache(url) }, ambient)
  if (flushed.why === undefined) return changed
  return { ...changed, reason: 'flush-failed', message: `${changed.message} ${flushed.why}`.trim(), facts: { ...changed.facts, lastLines: flushed.lastLines } }
}

/** Schema and database, with the revision read before and after: also where something failed, the record tells what is. */
async function changedData(request: RollbackRequest, delivery: Delivery, ports: RollbackPorts, way: Way, ambient: Ambient): Promise<Afterwards> {
  const { migrateDown, restoreReceipt } = request
  if (migrateDown === undefined && restoreReceipt === undefined) return { message: '', facts: {} }
  const revision = async (): Promise<string | undefined> => {
    const read = await schemaRevision(request.environment.migrate, placeOf(request, way), ports.platform, ambient)
    if (read.why !== undefined) ambient.log.warn(read.why)
    return read.revision
  }
  const before = await revision()
  const down = migrateDown === undefined ? NOTHING : await delivery.doing('migrate', () => command(request, delivery, ports, { what: 'take the database schema back', script: migrateDown, way }, ambient), { detail: 'down' })
  if (down.why !== undefined) return { reason: 'migrate-down-failed', message: down.why, facts: { lastLines: down.lastLines }, ...schemaChange(before, await revision()) }
  const restored = await restoredData(request, delivery, ports.data, ambient)
  const schema = schemaChange(before, await revision())
  if ('fault' in restored) return { reason: 'restore-failed', message: messageOf(restored.fault), facts: {}, ...schema }
  const { keptDatabase } = restored
  const told = [
    ...(keptDatabase === undefined ? [] : [`The database was restored from receipt ${restoreReceipt}; what it held before is kept as \`${keptDatabase}\`.`]),
    ...(schema.schema === undefined ? [] : [`The schema is at ${revisionName(schema.schema.after)}.`]),
  ]
  return { message: told.join(' '), facts: keptDatabase === undefined ? {} : { keptDatabase }, ...schema }
}

async function command(request: RollbackRequest, delivery: Delivery, { platform }: RollbackPorts, { what, script, way }: { readonly what: string; readonly script: string; readonly way: Way }, ambient: Ambient): Promise<CommandResult> {
  const { migrate } = request.environment
  delivery.hold.signal.throwIfAborted()
  ambient.log.step(what)
  return runUserCommand({ what, script, in: migrate?.in ?? ('runner' as const), withinMs: migrate?.withinMs ?? COMMAND_WITHIN_MS }, placeOf(request, way), platform, ambient)
}

/** The release that is left knows the migrations that are to be undone; the one that comes back was made before them. */
function placeOf({ environment, url, migrateDown }: RollbackRequest, { target, left, schema }: Way): Place {
  return { environment: environment.name, url, release: migrateDown === undefined ? target : left ?? target, ...(schema === undefined ? {} : { env: { ECLUSE_REVISION: schema } }) }
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
