import { runUserCommand, type CommandResult } from '../../core/delivery/user-command.js'
import type { Release } from '../../core/domain/release.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Platform } from '../../core/ports/platform.js'
import type { RollbackRequest } from './flow.js'
import type { Reason } from './outcome.js'
import type { Facts } from './report.js'

const COMMAND_WITHIN_MS = 600_000

/** What a rollback can do about the data, only when it was asked for. */
export interface DataPorts {
  /** Whether the store has a backup with this receipt. */
  known(receipt: string): Promise<boolean>
  /** Puts the backup in the place of the database; resolves to the name that the old one is kept under. */
  restore(receipt: string): Promise<string>
}

export interface Afterwards {
  /** Set when something went wrong. */
  readonly reason?: Reason
  readonly message: string
  readonly facts: Pick<Facts, 'lastLines' | 'keptDatabase'>
}

/** What comes after the traffic is back, in this order: schema down, database, caches. The first that fails ends it. */
export async function afterwards(request: RollbackRequest, platform: Platform, data: DataPorts, target: Release, ambient: Ambient): Promise<Afterwards> {
  const { migrate, name } = request.environment
  const run = async (what: string, script: string | undefined): Promise<CommandResult> => {
    if (script === undefined) return { lastLines: [] }
    ambient.log.step(what)
    const command = { what, script, in: migrate?.in ?? ('runner' as const), withinMs: migrate?.withinMs ?? COMMAND_WITHIN_MS }
    return runUserCommand(command, { environment: name, url: request.url, release: target }, platform, ambient)
  }
  const down = await run('take the database schema back', request.migrateDown)
  if (down.why !== undefined) return { reason: 'migrate-down-failed', message: down.why, facts: { lastLines: down.lastLines } }
  let keptDatabase: string | undefined
  if (request.restoreReceipt !== undefined) {
    ambient.log.step(`Restore the database from receipt ${request.restoreReceipt}`)
    try {
      keptDatabase = await data.restore(request.restoreReceipt)
    } catch (fault) {
      return { reason: 'restore-failed', message: messageOf(fault), facts: {} }
    }
  }
  const facts = keptDatabase === undefined ? {} : { keptDatabase }
  const restored = keptDatabase === undefined ? '' : `The database was restored from receipt ${request.restoreReceipt}; what it held before is kept as \`${keptDatabase}\`.`
  const flushed = await run('empty the caches', request.flushCache)
  if (flushed.why !== undefined) return { reason: 'flush-failed', message: `${restored} ${flushed.why}`.trim(), facts: { ...facts, lastLines: flushed.lastLines } }
  return { message: restored, facts }
}
