/** One program to run: an argv array, never a shell line. Secrets go by `stdin` or `env`. */
export interface Command {
  /** What we are doing, for error messages: "dump database `shop`". */
  readonly what: string
  readonly argv: readonly [string, ...string[]]
  /** Added to a minimal environment (PATH, HOME, LANG, TZ, TMPDIR). */
  readonly env?: Readonly<Record<string, string>>
  /**
   * Variables of this process that it gets as well: names, `DOCKER_*` for all that begin so, `*` for what a `run:` step
   * has (the runner's own credentials only by their names). `env` wins.
   */
  readonly inherit?: readonly string[]
  readonly cwd?: string
  /** Another user of this machine, for a program that refuses root. Only root can. */
  readonly as?: { readonly uid: number; readonly gid: number }
  /** The untouched `stdout` of another program's `stream` is connected: its bytes do not pass through this process. */
  readonly stdin?: string | AsyncIterable<Uint8Array>
  readonly timeoutMs: number
  /** Exit codes that are answers, not failures. Default `[0]`. */
  readonly accept?: readonly number[]
  /** Each line of standard error as it comes, as it is: whoever shows it must mask it. */
  readonly onErrorLine?: (line: string) => void
  /** It only has to get done, and takes its turns after whoever waits for something; where the machine knows such turns. */
  readonly batch?: true
  /** Stops this program alone; its end is then a `ProcessError` like that of any other that was stopped. */
  readonly stop?: AbortSignal
}

export interface Finished {
  readonly exitCode: number
  /** At most the last 1 MiB. */
  readonly stdout: string
  /** At most the last 64 KiB. */
  readonly stderr: string
  readonly elapsedMs: number
}

export interface Streaming {
  /** Ends when the program closes it; throws `ProcessError` at the end when the program failed. */
  readonly stdout: AsyncIterable<Uint8Array>
  /** Rejects with `ProcessError` when the exit code is not accepted, on time-out and on abort. */
  readonly done: Promise<Finished>
}

/** A conversation with a program that stays: lines in, lines out. */
export interface Conversation {
  write(line: string): Promise<void>
  /** The next line of its output; `undefined` once it has ended. */
  read(): Promise<string | undefined>
  close(): Promise<Finished>
}

/** A command that the user wrote: a script file under `bash -e -o pipefail`, as a workflow's `run:` is. */
export interface UserScript {
  readonly what: string
  readonly script: string
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly timeoutMs: number
  /** Each line of output as it comes, already masked. */
  readonly onLine?: (line: string) => void
  /**
   * Its standard output is an answer for us, perhaps a secret one: kept apart, as it is, and told to nobody. Nothing is
   * masked then, `lastLines` (of its standard error) neither: whoever asked must make the answer known as secret first.
   */
  readonly answers?: boolean
}

export interface ScriptResult {
  readonly exitCode?: number
  readonly timedOut: boolean
  readonly lastLines: readonly string[]
  /** At most the last 64 KiB of standard output; only where it `answers`. */
  readonly answer?: string
  readonly elapsedMs: number
}

export interface Processes {
  /** Rejects with `ProcessError`: not found, exit code not accepted, time-out, abort. */
  run(command: Command): Promise<Finished>
  stream(command: Command): Streaming
  converse(command: Command): Conversation
  script(script: UserScript): Promise<ScriptResult>
  /** Starts a program that outlives this process; its output goes to a file. */
  detach(command: { readonly argv: readonly [string, ...string[]]; readonly env: Readonly<Record<string, string>>; readonly cwd: string; readonly logFile: string }): Promise<{ readonly pid: number }>
  /** Whether this very process still lives; `started` tells a reused pid apart. */
  alive(pid: number, started: string): boolean
  /** Where a program is found on PATH. */
  which(program: string): Promise<string | undefined>
}
