import type { MigrateCommands } from '../domain/environment.js'
import type { SchemaChange } from '../domain/history.js'
import { revisionIn } from '../domain/schema-revision.js'
import type { Ambient } from '../ports/ambient.js'
import type { Platform } from '../ports/platform.js'
import { runUserCommand, type CommandResult, type Place } from './user-command.js'
import type { Delivery } from './work.js'

export type Migrated =
  | { readonly ok: true; readonly schema?: SchemaChange; readonly lastLines: readonly string[] }
  | { readonly ok: false; readonly why: string; readonly lastLines: readonly string[] }

/** Migrates as a step of a delivery; where no command changes anything, the record tells of no migration. */
export async function migrateFor({ doing }: Pick<Delivery, 'doing'>, commands: MigrateCommands | undefined, place: Place, platform: Pick<Platform, 'runTask'>, ambient: Ambient): Promise<Migrated> {
  if (commands !== undefined) ambient.log.step(`Migrate \`${place.environment}\``)
  const run = (): Promise<Migrated> => migrate(commands, place, platform, ambient)
  return commands?.up === undefined ? run() : doing('migrate', run)
}

/** The revision that the database has now; `revision` is absent where no command tells it. */
export async function schemaRevision(commands: MigrateCommands | undefined, place: Place, platform: Pick<Platform, 'runTask'>, ambient: Ambient): Promise<CommandResult & { readonly revision?: string }> {
  if (commands?.revision === undefined) return { lastLines: [] }
  const ran = await runUserCommand({ what: 'read the schema revision', script: commands.revision, in: commands.in, withinMs: commands.withinMs }, place, platform, ambient)
  return ran.why === undefined ? { ...ran, revision: revisionIn(ran.lastLines) } : ran
}

/** Runs the user's migration, with the schema's revision read before and after it where a command for that is given. */
async function migrate(commands: MigrateCommands | undefined, place: Place, platform: Pick<Platform, 'runTask'>, ambient: Ambient): Promise<Migrated> {
  if (commands === undefined) return { ok: true, lastLines: [] }
  const before = await schemaRevision(commands, place, platform, ambient)
  if (before.why !== undefined) return { ok: false, why: before.why, lastLines: before.lastLines }
  if (commands.up === undefined) return { ok: true, lastLines: [], ...schemaChange(before.revision, before.revision) }
  const ran = await runUserCommand({ what: 'migrate the database', script: commands.up, in: commands.in, withinMs: commands.withinMs }, place, platform, ambient)
  if (ran.why !== undefined) return { ok: false, why: ran.why, lastLines: ran.lastLines }
  const after = await schemaRevision(commands, place, platform, ambient)
  if (after.why !== undefined) return { ok: false, why: after.why, lastLines: after.lastLines }
  return { ok: true, lastLines: ran.lastLines, ...schemaChange(before.revision, after.revision) }
}

export function schemaChange(before: string | undefined, after: string | undefined): { readonly schema?: SchemaChange } {
  return after === undefined ? {} : { schema: { before: before ?? '', after } }
}
