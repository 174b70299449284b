import { existsSync } from 'node:fs'
import path from 'node:path'
import { ProcessError, messageOf } from '../../errors/families.js'
import { errnoOf } from '../errno.js'
import { shownLimit } from '../limit.js'
import type { Ending } from './start.js'
import { lastLines } from './tail.js'

export interface Attempt {
  readonly what: string
  readonly argv: readonly [string, ...string[]]
  readonly cwd?: string
  readonly timeoutMs: number
  readonly accept?: readonly number[]
}

export type Mask = (text: string) => string

/** Why a program's end is a failure; `undefined` when it is an answer. */
export function failureOf(attempt: Attempt, ending: Ending, output: { stdout: string; stderr: string }, mask: Mask): ProcessError | undefined {
  const { exitCode } = ending
  if (ending.fault) return notStarted(attempt, ending.fault, mask)
  if (ending.cause === 'itself' && exitCode !== undefined && (attempt.accept ?? [0]).includes(exitCode)) return undefined
  const program = `\`${path.basename(attempt.argv[0])}\``
  const tail = lastLines(mask(output.stderr.trim() === '' ? output.stdout : output.stderr), 20)
  const details = { argv: attempt.argv.map(mask), tail, ...(exitCode === undefined ? {} : { exitCode }) }
  const failed = (observed: string): string => mask(`Could not ${attempt.what}: ${program} ${observed}`)
  if (ending.cause === 'abort') return new ProcessError('aborted', { ...details, message: failed('was stopped because the run was cancelled.') })
  if (ending.cause === 'unwanted') return new ProcessError('program-failed', { ...details, message: failed('was stopped because its output was no longer wanted.') })
  if (ending.cause === 'time-out') {
    return new ProcessError('program-timeout', { ...details, message: `${failed(`did not end within ${shownLimit(attempt.timeoutMs)}`)}${quoted(tail)}` })
  }
  const how = exitCode === undefined ? `was ended by ${ending.signal ?? 'a signal'}` : `ended with exit code ${exitCode}`
  return new ProcessError('program-failed', { ...details, message: `${failed(how)}${quoted(tail)}` })
}

/** A program that was not even started, because the run was cancelled before. */
export function refused(attempt: Pick<Attempt, 'what' | 'argv'>, mask: Mask): ProcessError {
  const message = mask(`Could not ${attempt.what}: the run was cancelled before \`${path.basename(attempt.argv[0])}\` was started.`)
  return new ProcessError('aborted', { message, argv: attempt.argv.map(mask), tail: [] })
}

/** A program that could not be started at all. */
export function notStarted(attempt: Pick<Attempt, 'what' | 'argv' | 'cwd'>, fault: unknown, mask: Mask): ProcessError {
  const details = { argv: attempt.argv.map(mask), tail: [], cause: fault }
  const errno = errnoOf(fault)
  const failed = (observed: string): string => mask(`Could not ${attempt.what}: ${observed}`)
  if (errno === 'ENOENT' && attempt.cwd !== undefined && !existsSync(attempt.cwd)) {
    return new ProcessError('file-missing', { ...details, message: failed(`the folder \`${attempt.cwd}\` is not there.`) })
  }
  if (errno === 'ENOENT') {
    const program = path.basename(attempt.argv[0])
    return new ProcessError('program-missing', {
      ...details, message: failed(`\`${attempt.argv[0]}\` is not installed.`), fix: `Install \`${program}\` and see that it is on PATH.`,
    })
  }
  return new ProcessError('program-failed', { ...details, message: failed(`\`${attempt.argv[0]}\` could not be started (${errno ?? messageOf(fault)}).`) })
}

/** The last lines, as far as they fit into a message. */
function quoted(tail: readonly string[]): string {
  const text = tail.slice(-3).join(' | ')
  if (text === '') return '.'
  return `: "${text.length > 240 ? `…${text.slice(-239)}` : text}".`
}
