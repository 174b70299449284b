import type { CommandResult } from '../../../core/delivery/user-command.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Turn } from './turn.js'

/** Values that a recipe's command can read; they are never spliced into its text. */
export function valuesFor({ environment, name }: Turn, value: string | undefined, old: string | undefined): Readonly<Record<string, string>> {
  return {
    ECLUSE_ENVIRONMENT: environment,
    ECLUSE_SECRET_NAME: name,
    // Programs that read the secret itself are to meet the value that is on trial.
    ...(value === undefined ? {} : { ECLUSE_SECRET: value, [name]: value }),
    ...(old === undefined ? {} : { ECLUSE_SECRET_OLD: old }),
  }
}

/** Runs the user's `verify` or `revoke`. Its exit code is an answer. */
export async function runRecipe(what: string, script: string, turn: Turn, given: { readonly value?: string | undefined; readonly old?: string | undefined }, ambient: Ambient = turn.ambient): Promise<CommandResult> {
  const result = await ambient.process.script({
    what, script, env: valuesFor(turn, given.value, given.old), timeoutMs: turn.recipe.withinMs, onLine: (line) => ambient.log.info(line),
  })
  const { lastLines } = result
  if (result.timedOut) return { why: `the command to ${what} did not end within its time limit`, lastLines }
  if (result.exitCode !== 0) return { why: `the command to ${what} ended with exit code ${result.exitCode ?? 'none (a signal ended it)'}`, lastLines }
  return { lastLines }
}

/** Whether a value works, by the user's own probe; without one nobody can say. */
export async function probe(turn: Turn, value: string, old: string | undefined, ambient: Ambient = turn.ambient): Promise<'works' | 'unknown' | { readonly why: string }> {
  const { verify } = turn.recipe
  if (verify === undefined) return 'unknown'
  const { why } = await runRecipe(`verify \`${turn.name}\``, verify, turn, { value, old }, ambient)
  return why === undefined ? 'works' : { why }
}
