/** What runs of the workflows and the ledger are read for. */
import { isDeepStrictEqual } from 'node:util'
import type { ActRun } from './runner.js'
import type { LedgerLine } from './world.js'

const succeed = (job: string, steps: readonly string[]): readonly string[] => [...steps.map((step) => `${job}/${step}: success`), `${job}: success`]

/** Every step of each job when all goes well. `0` is the checkout; post steps go the other way round. */
export const build = succeed('build', ['0', 'asked', 'build', 'post build'])
export const handed = succeed('build', ['0', 'asked'])
export const staging = succeed('staging', ['0', 'deploy', 'smoke', 'watch', 'kept', 'post watch', 'post deploy'])
export const brief = succeed('brief', ['0', 'brief'])
export const production = succeed('production', ['0', 'backup', 'promote', 'smoke', 'watch', 'kept', 'post watch', 'post promote', 'post backup'])
/** Where production has a `watch`. */
export const watch = succeed('watch', ['0', 'watch', 'kept', 'post watch'])
export const rollback = succeed('rollback', ['0', 'rollback', 'kept', 'post rollback'])
/** A dry run: there is nothing to keep. */
export const planned = succeed('rollback', ['0', 'rollback', 'post rollback'])

/** The same with a step that fails: what follows it is not run, but for post steps and what is named. */
export const failing = (job: readonly string[], step: string, ...then: readonly string[]): readonly string[] => {
  const at = job.findIndex((line) => line.endsWith(`/${step}: success`))
  const failed = job.map((line) => (line.includes('/') ? line : line.replace('success', 'failure')))
  const begun = (line: string): boolean => job.slice(0, at + 1).some((other) => other === line.replace('/post ', '/'))
  return [...failed.slice(0, at), job[at]!.replace('success', 'failure'), ...then, ...failed.slice(at + 1).filter((line) => !line.includes('/') || (line.includes('/post ') && begun(line)))]
}

/** Says what a run did when it did something else than it should. */
export function journey(run: ActRun, expected: readonly string[], code: number): { readonly ran: readonly string[]; readonly code: number | null; readonly log: string } {
  const fits = run.code === code && isDeepStrictEqual(run.ran, expected)
  return { ran: run.ran, code: run.code, log: fits ? '' : run.shown.slice(-6000) }
}

/** `staging/deploy` → its reason. */
export function reasons(run: ActRun): Readonly<Record<string, string>> {
  const all = Object.entries(run.jobs).flatMap(([job, { outputs }]) => Object.entries(outputs).map(([step, { reason }]) => [`${job}/${step}`, reason ?? ''] as const))
  return Object.fromEntries(all.filter(([, reason]) => reason !== ''))
}

/** What was done to the traffic, and how each delivery ended. */
export function deeds(lines: readonly LedgerLine[]): readonly string[] {
  return lines.flatMap(({ event, result }) => {
    if (result !== undefined) return [result.reason]
    if (event?.verb === undefined || event.verb === 'migrate') return []
    return [event.weight === undefined ? event.verb : `${event.verb} ${event.weight}`]
  })
}
