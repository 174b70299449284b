import type { Ambient } from '../../../../ports/ambient.js'
import type { Command, Finished } from '../../../../ports/process.js'

/** A place where client programs run. */
export interface Way {
  /** For people: "container `shop-db-1`". */
  readonly place: string
  /** How newer clients come there, as an imperative. */
  readonly newer: (major: number) => string
  /** The same program there. `mark` is its application name on the server. */
  lead(command: Command, mark: string): Command
  /** What the program there must read before anything else. */
  opening?(command: Command): string
  /** The end of the program itself, where its lead tells it in words of its own. */
  ended?(lead: Finished): Finished
  /** The failure as one of ours where the way is to blame; else as it is. */
  explain(thrown: unknown, command: Command): unknown
  /** Whether it is the lead that broke while the program may go on there. */
  broke?(thrown: unknown): boolean
  /** Ends what is left there of a program whose lead was cut, besides its session on the server. */
  end?(mark: string, around: Ambient): Promise<void>
}

export const PROGRAMS = ['psql', 'pg_dump', 'pg_restore'] as const
export type Program = (typeof PROGRAMS)[number]

/** What a workflow's own step would have: contexts, proxies, credential helpers of docker and kubectl. */
export const AS_A_STEP = ['*'] as const
