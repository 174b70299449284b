export interface RunningPostgres {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  readonly dataDir: string
  readonly pid: number
  /** Ends the server within 9 s and removes its folder. Calling it again does nothing. */
  readonly stop: () => Promise<void>
}

export interface PostgresOptions {
  /** Without it: a free one. */
  readonly port?: number
  /** Created when it is not `postgres`. */
  readonly database?: string
  /** Without it: the one that comes with `npm ci`. Others want their engine, `postgres-18`. */
  readonly major?: 16 | 17 | 18
  /** More settings, as `archive_mode=on`. */
  readonly settings?: readonly string[]
}

export declare const startPostgres: (options?: PostgresOptions) => Promise<RunningPostgres>
