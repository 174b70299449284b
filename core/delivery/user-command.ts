import type { Release } from '../domain/release.js'
import type { Ambient } from '../ports/ambient.js'
import type { Platform } from '../ports/platform.js'
import { spanned, traceVariables } from './spans.js'

export interface Place {
  readonly environment: string
  readonly url: string
  readonly release: Release
  /** More that its commands can read. */
  readonly env?: Readonly<Record<string, string>>
}

export interface UserCommand {
  /** What it is for, as an infinitive: "migrate the database". */
  readonly what: string
  readonly script: string
  /** `runner`: on this machine; `release`: as a task in the release's image. */
  readonly in: 'runner' | 'release'
  readonly withinMs: number
}

/** `why` is set when it did not end well. */
export interface CommandResult {
  readonly why?: string
  readonly lastLines: readonly string[]
}

/** Values of ours that a user's command can read; they are never spliced into its text. */
export function commandValues(place: Place): Readonly<Record<string, string>> {
  return {
    ECLUSE_ENVIRONMENT: place.environment,
    ECLUSE_URL: place.url,
    ECLUSE_VERSION: place.release.version,
    ECLUSE_COMMIT: place.release.commit,
    ...place.env,
  }
}

/** Runs a command that the user wrote. Its exit code is an answer; it rejects only when it could not be run. */
export async function runUserCommand(command: UserCommand, place: Place, platform: Pick<Platform, 'runTask'>, ambient: Ambient): Promise<CommandResult> {
  const { what, script, withinMs: timeoutMs } = command
  const env = commandValues(place)
  const result =
    command.in === 'release'
      ? await spanned(what, ambient, () => platform.runTask(place.release, { name: what, argv: ['/bin/sh', '-e', '-c', script], env: { ...env, ...traceVariables(ambient) }, timeoutMs }))
      : await ambient.process.script({ what, script, env, timeoutMs, onLine: (line) => ambient.log.info(line) })
  if (result.timedOut) return { why: `The command to ${what} did not end within its time limit.`, lastLines: result.lastLines }
  if (result.exitCode !== 0) return { why: `The command to ${what} ended with exit code ${result.exitCode ?? 'none (a signal ended it)'}.`, lastLines: result.lastLines }
  return { lastLines: result.lastLines }
}
