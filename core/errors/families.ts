import { catalogue, type ErrorCode } from './catalogue.js'

interface Details {
  /** What we were doing and to which object, and the observed fact. */
  readonly message: string
  /** What to do, as an imperative; the catalogue's remedy when absent. */
  readonly fix?: string
  readonly cause?: unknown
}

/** Anything that kept us from doing the work, with a stable code and a way out. */
export abstract class EcluseError extends Error {
  abstract readonly family: 'input' | 'remote' | 'process' | 'state' | 'file'
  readonly code: ErrorCode
  readonly fix: string

  constructor(code: ErrorCode, details: Details) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.fix = details.fix ?? catalogue[code].remedy
  }
}

export interface Problem {
  readonly code: ErrorCode
  readonly message: string
  readonly fix?: string
}

/** What the user gave us can't be used. Carries every problem found, not only the first. */
export class InputError extends EcluseError {
  readonly family = 'input'
  override readonly name = 'InputError'
  readonly problems: readonly Problem[]
  /** Nothing that somebody wrote need be wrong: what should have answered did not, and may in a moment. */
  readonly passing: boolean

  constructor(problems: readonly [Problem, ...Problem[]], { passing = false }: { readonly passing?: boolean } = {}) {
    super(problems[0].code, {
      message: problems.map((problem) => problem.message).join('\n'),
      ...(problems[0].fix === undefined ? {} : { fix: problems[0].fix }),
    })
    this.problems = problems
    this.passing = passing
  }
}

/** A service could not be asked, or answered with a fault. */
export class RemoteError extends EcluseError {
  readonly family = 'remote'
  override readonly name = 'RemoteError'
  readonly service: string
  readonly operation: string
  readonly status: number | undefined
  /** It asked to be left alone for so long. */
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, details: Details & { service: string; operation: string; status?: number; retryAfterMs?: number }) {
    super(code, details)
    this.service = details.service
    this.operation = details.operation
    this.status = details.status
    this.retryAfterMs = details.retryAfterMs
  }
}

/** Asked again in a moment, it may answer. */
export function mayPass(fault: unknown): boolean {
  if (fault instanceof InputError) return fault.passing
  if (!(fault instanceof RemoteError) || fault.code === 'aborted') return false
  const { status } = fault
  return status === undefined || status === 408 || status === 429 || status >= 500
}

/** A program failed. `argv` never holds a secret: those go by environment or standard input. */
export class ProcessError extends EcluseError {
  readonly family = 'process'
  override readonly name = 'ProcessError'
  readonly argv: readonly string[]
  readonly exitCode: number | undefined
  readonly tail: readonly string[]

  constructor(code: ErrorCode, details: Details & { argv: readonly string[]; exitCode?: number; tail: readonly string[] }) {
    super(code, details)
    this.argv = details.argv
    this.exitCode = details.exitCode
    this.tail = details.tail
  }
}

/** What we found rules out what we were about to do. */
export class StateError extends EcluseError {
  readonly family = 'state'
  override readonly name = 'StateError'
}

export class FileError extends EcluseError {
  readonly family = 'file'
  override readonly name = 'FileError'
  readonly path: string

  constructor(code: ErrorCode, details: Details & { path: string }) {
    super(code, details)
    this.path = details.path
  }
}

/** What happened, and what to do about it: for an outcome, which has one text for both. */
export function toldOf(thrown: unknown): string {
  const message = messageOf(thrown)
  return thrown instanceof EcluseError && !message.includes(thrown.fix) ? `${message} ${thrown.fix}` : message
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
