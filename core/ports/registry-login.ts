export interface Credentials {
  /** `registry.example:5000`; `docker.io` for Docker's own. */
  readonly registry: string
  readonly username: string
  readonly password: string
  /** The user's own folder of docker's settings. */
  readonly settings?: string
  /** Where buildx keeps its builders, when the user's environment says so. */
  readonly builders?: string
}

export interface LoggedIn {
  /** What `docker` and others that read its settings need in their environment. */
  readonly env: Readonly<Record<string, string>>
  /** Takes the credentials off the disk. */
  close(): Promise<void>
}

/** Logs in for one run alone. Rejects with `registry-refused` when the registry says no. */
export type LogIn = (credentials: Credentials) => Promise<LoggedIn>
