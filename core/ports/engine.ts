import type { Finished, Streaming } from './process.js'

/** One `docker …` command. Secrets go by `stdin` or `env`, never in `argv`. */
export interface EngineCall {
  /** What we are doing, for error messages: "start release v2 of `shop`". */
  readonly what: string
  /** What follows `docker`: `['ps', '--all']`. */
  readonly argv: readonly string[]
  /** Added to the small environment that programs get. */
  readonly env?: Readonly<Record<string, string>>
  /** The environment of this process as well: for compose files, which the user's own variables fill in. */
  readonly userEnvironment?: boolean
  readonly stdin?: string | AsyncIterable<Uint8Array>
  readonly cwd?: string
  readonly timeoutMs: number
  /** Exit codes that are answers, not failures. Default `[0]`. */
  readonly accept?: readonly number[]
  /** Each line of standard error as it comes. */
  readonly onErrorLine?: (line: string) => void
  /** Stops this command alone. */
  readonly stop?: AbortSignal
}

/**
 * A Docker Engine, on this machine or behind ssh, spoken to through the `docker` command, so that credentials, proxies and
 * plug-ins are the user's own. Faults that have a code of their own are told by it (`docker-missing`, `docker-unreachable`,
 * `ssh-failed`, `host-key-unknown`, `host-key-changed`, `registry-refused`, `image-not-found`, `port-taken`, `disk-full` …);
 * others are the `ProcessError` of the command, with its last lines.
 */
export interface Engine {
  /** For people: `this machine` or `ssh://deploy@shop.example`. */
  readonly name: string
  run(call: EngineCall): Promise<Finished>
  stream(call: EngineCall): Streaming
  /** A text file in a container, running or not; `undefined` when there is no such container or file. */
  read(container: string, path: string): Promise<string | undefined>
  /** All text files right in a folder of a container, by name; `undefined` when there is no such container or folder. */
  readFolder(container: string, folder: string): Promise<Readonly<Record<string, string>> | undefined>
  /** Puts a text file into a container, running or not: into a folder that is there. Not atomic: readers look for its last line. */
  write(container: string, path: string, text: string): Promise<void>
  /** The same for several files of one folder, in their order. */
  writeFiles(container: string, folder: string, files: Readonly<Record<string, string>>): Promise<void>
}
