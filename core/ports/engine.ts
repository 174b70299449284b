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

/** Containers by a label (`name=value`), or by their names or ids. */
export type Which = { readonly label: string } | { readonly names: readonly string[] }

/** What an engine says of one container; times are epoch ms by the host's clock, 0: never. */
export interface ContainerFacts {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** `running`, `exited`, `restarting`, `created` … */
  readonly status: string
  readonly running: boolean
  /** By its own healthcheck; `none`: it has none. */
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy'
  /** How often the engine itself started it again. */
  readonly restarts: number
  readonly exitCode: number
  readonly outOfMemory: boolean
  /** The engine's own words for why it could not start. */
  readonly error: string
  readonly startedAt: number
  readonly finishedAt: number
}

/**
 * A Docker Engine, on this machine or behind ssh, spoken to through the `docker` command, so that credentials, proxies and
 * plug-ins are the user's own; what is only looked at, and small files, go over the engine's socket where there is one. Faults that have a code of their own are told by it (`docker-missing`, `docker-unreachable`,
 * `ssh-failed`, `host-key-unknown`, `host-key-changed`, `registry-refused`, `image-not-found`, `port-taken`, `disk-full` …);
 * others are the `ProcessError` of the command, with its last lines.
 */
export interface Engine {
  /** For people: `this machine` or `ssh://deploy@shop.example`. */
  readonly name: string
  run(call: EngineCall): Promise<Finished>
  stream(call: EngineCall): Streaming
  /** Those that are there, running or not. */
  containers(which: Which): Promise<readonly ContainerFacts[]>
  /** A text file in a container, running or not; `undefined` when there is no such container or file. */
  read(container: string, path: string): Promise<string | undefined>
  /** All text files right in a folder of a container, by name; `undefined` when there is no such container or folder. */
  readFolder(container: string, folder: string): Promise<Readonly<Record<string, string>> | undefined>
  /** Puts a text file into a container, running or not: into a folder that is there. Not atomic: readers look for its last line. */
  write(container: string, path: string, text: string): Promise<void>
  /** The same for several files of one folder, in their order. */
  writeFiles(container: string, folder: string, files: Readonly<Record<string, string>>): Promise<void>
}
