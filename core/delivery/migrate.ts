import type { MigrateCommands } from '../domain/environment.js'
import type { SchemaChange } from '../domain/history.js'
import type { Release } from '../domain/release.js'
import type { Ambient } from '../ports/ambient.js'
import type { Platform } from '../ports/platform.js'

export type Migrated =
  | { readonly ok: true; readonly schema?: SchemaChange; readonly lastLines: readonly string[] }
  | { readonly ok: false; readonly why: string; readonly lastLines: readonly string[] }

export interface Place {
  readonly environment: string
  readonly url: string
  readonly release: Release
}

/** Values of ours that a user's command can read. */
export function commandValues(place: Place): Readonly<Record<string, string>> {
  return {
    ECLUSE_ENVIRONMENT: place.environment,
    ECLUSE_URL: place.url,
    ECLUSE_VERSION: place.release.version,
    ECLUSE_COMMIT: place.release.commit,
  }
}

/** Runs the user's migration, with the schema's revision read before and after it where a command for that is given. */
export async function migrate(commands: MigrateCommands | undefined, place: Place, platform: Platform, ambient: Ambient): Promise<Migrated> {
  if (commands === undefined) return { ok: true, lastLines: [] }
  const before = await revision(commands, place, platform, ambient)
  if ('why' in before) return { ok: false, ...before }
  if (commands.up === undefined) return { ok: true, lastLines: [], ...change(before, before) }
  const ran = await command('migrate the database', commands.up, commands, place, platform, ambient)
  if (ran.why !== undefined) return { ok: false, why: ran.why, lastLines: ran.lastLines }
  const after = await revision(commands, place, platform, ambient)
  if ('why' in after) return { ok: false, ...after }
  return { ok: true, lastLines: ran.lastLines, ...change(before, after) }
}

function change(before: { revision?: string }, after: { revision?: string }): { schema?: SchemaChange } {
  return after.revision === undefined ? {} : { schema: { before: before.revision ?? '', after: after.revision } }
}

type Revision = { readonly revision?: string } | { readonly why: string; readonly lastLines: readonly string[] }

async function revision(commands: MigrateCommands, place: Place, platform: Platform, ambient: Ambient): Promise<Revision> {
  if (commands.revision === undefined) return {}
  const ran = await command('read the schema revision', commands.revision, commands, place, platform, ambient)
  if (ran.why !== undefined) return { why: ran.why, lastLines: ran.lastLines }
  return { revision: ran.lastLines.findLast((line) => line.trim() !== '')?.trim() ?? '' }
}

async function command(
  what: string,
  script: string,
  commands: MigrateCommands,
  place: Place,
  platform: Platform,
  ambient: Ambient,
): Promise<{ readonly why?: string; readonly lastLines: readonly string[] }> {
  const env = commandValues(place)
  const result =
    commands.in === 'release'
      ? await platform.runTask(place.release, { name: what, argv: ['/bin/sh', '-e', '-c', script], env, timeoutMs: commands.withinMs })
      : await ambient.process.script({ what, script, env, timeoutMs: commands.withinMs, onLine: (line) => ambient.log.info(line) })
  if (result.timedOut) return { why: `The command to ${what} did not end within its time limit.`, lastLines: result.lastLines }
  if (result.exitCode !== 0) return { why: `The command to ${what} ended with exit code ${result.exitCode ?? 'none (a signal ended it)'}.`, lastLines: result.lastLines }
  return { lastLines: result.lastLines }
}
