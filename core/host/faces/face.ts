import type { Summary } from '../../domain/outcome.js'
import type { Problem } from '../../errors/families.js'
import type { Log } from '../../ports/log.js'

/** Where an action meets its user: a runner, or a terminal. */
export interface Face {
  readonly kind: 'runner' | 'terminal'
  readonly log: Log
  /** Inputs as they were given, defaults filled in; empty where nothing was. */
  readonly raw: Readonly<Record<string, string>>
  /** What is wrong with the way they were given. */
  readonly problems: readonly Problem[]
  /** Registers a value as secret, here and with the runner. */
  hide(value: string): void
  remember(name: string, value: string): void
  /** What kept us from doing the work: what was observed, what to do, and the code to look up. */
  complain(title: string, complaint: Complaint): void
  output(name: string, value: string): void
  summary(summary: Summary): Promise<void>
  /** Closes what is still open in the log. */
  end(): void
}

export interface Complaint {
  readonly message: string
  readonly fix?: string
  readonly code?: string
}

/** What of a field a face must know. */
export type SecretFields = Readonly<Record<string, { readonly secret?: boolean }>>
