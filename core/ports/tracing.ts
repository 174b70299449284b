import type { Place } from '../domain/traceparent.js'

export type Attributes = Readonly<Record<string, string | number | boolean>>

/** Something that is over and had no parts of its own, such as one request. */
export interface PastCall {
  readonly startedAt: number
  readonly endedAt: number
  readonly attributes: Attributes
  /** Why it is a failure. */
  readonly failed?: string
}

/**
 * Where the minutes of a run went. Nothing in it waits, and nothing in it rejects but the work that it is given: what can't
 * be told is left out. Secrets are masked below this port.
 */
export interface Tracing {
  /** A part of the work: what is begun in it, however deep, is below it. A rejection makes it a failure. */
  span<T>(name: string, work: () => Promise<T>, attributes?: Attributes): Promise<T>
  /** A part that lasts until the next one begins, or the run ends. Inside of a `span` it is no part of its own. */
  section(name: string): void
  past(name: string, call: PastCall): void
  /** Something to know about the part that is under way; with `failed` that part is a failure, whatever comes of the work. */
  note(attributes: Attributes, failed?: string): void
  /** Something to know about the run as a whole. */
  about(attributes: Attributes): void
  /** The part that is under way: for programs that go on with the trace, and for log lines. */
  here(): Place
}

/** The trace's part that is this run. */
export interface TracedRun extends Tracing {
  /** The run itself: what comes after it goes on from here. */
  readonly run: Place
  /**
   * Ends the run's part and hands over what is left, for no longer than `withinMs`. What it resolves with is why
   * something was not handed over.
   */
  finish(result: { readonly ok: boolean; readonly reason: string }, withinMs: number): Promise<string | undefined>
}
