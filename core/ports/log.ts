/** A place in the repository, where an annotation is shown beside the code. */
export interface Place {
  readonly file: string
  readonly line?: number
}

/** What a person sees while it runs. Secrets are masked below this port. */
export interface Log {
  /** A step of the work, as a heading. */
  step(text: string): void
  info(text: string): void
  /** Progress that replaces its last line in a terminal and is thinned out in a runner's log. */
  progress(text: string): void
  warn(text: string): void
  error(text: string, at?: Place): void
  debug(text: string): void
}
