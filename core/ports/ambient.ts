import type { RunInfo } from '../domain/history.js'
import type { Clock } from './clock.js'
import type { Files } from './files.js'
import type { GitHubAccess } from './github.js'
import type { Http } from './http.js'
import type { Log } from './log.js'
import type { Processes } from './process.js'
import type { Tracing } from './tracing.js'

/** What surrounds a flow: every effect it can have, and the signal that asks it to stop. */
export interface Ambient {
  readonly clock: Clock
  readonly http: Http
  readonly process: Processes
  readonly files: Files
  readonly log: Log
  /** Present where somebody follows the run by a trace. */
  readonly tracing?: Tracing
  /**
   * Aborts on SIGINT and SIGTERM. `process` and `http` then reject with code `aborted`, what is in flight and what
   * is begun later, so that nothing goes forward any more; the way back is `shielded`. Files are never cut.
   */
  readonly signal: AbortSignal
  readonly run: RunInfo
  /** The repository that this runs for, when there is one to be known: on a runner, or by `GITHUB_REPOSITORY`. */
  readonly github?: GitHubAccess
  /** When this process began (epoch ms). */
  readonly startedAt: number
  readonly paths: {
    /** The user's checkout. */
    readonly work: string
    /** For files that need not outlive the job. */
    readonly temp: string
    /** The suite's `dist` folder. */
    readonly dist: string
    /** The program that runs this: `process.execPath`. */
    readonly node: string
  }
  /** Marks a value as secret from now on, in every output. */
  mask(secret: string): void
  /**
   * The same surroundings for going back after a cancel: nothing in it is stopped by `signal`, but all of it ends after
   * `limitMs`. Its own `signal` aborts then.
   */
  shielded(limitMs: number): Ambient
  /**
   * Done once the work is over, however it ended, the last one given first: for what serves the whole run, such as a
   * connection. Absent where nothing follows the work.
   */
  atEnd?(tidy: () => Promise<void>): void
  /** Remembers something for the action's post step. */
  remember(name: string, value: string): void
}
