/** Cumulative counters of one arm since an unspecified start. Only differences mean something. */
export interface ArmCounters {
  /** The version these requests were measured on. */
  readonly identity: string
  readonly requests: number
  readonly errors: number
  /** Requests slower than the judge's threshold; absent when no threshold was asked for. */
  readonly slow?: number
  /** What else is counted, by its name; absent where nothing else was asked for. */
  readonly business?: Readonly<Record<string, EventCounters>>
}

/** Events, and what each of them is one of. */
export interface EventCounters {
  readonly of: number
  readonly events: number
}

/** One question of a source's, and what came back. */
export interface Provenance {
  /** As it was asked, without credentials. */
  readonly query: string
  /** Of the raw answer (hex); absent where none came. */
  readonly sha256?: string
}

/** Where counters come from, for the evidence; absent where the source asks for nothing that could be named. */
interface Sourced {
  readonly provenance?: readonly Provenance[]
  /** How far apart in time the source's own readings are (ms), where that is known: between two of them it is no silence to have nothing. */
  readonly everyMs?: number
}

export interface Sample extends Sourced {
  readonly kind: 'sample'
  /** When both arms were read (epoch ms). */
  readonly at: number
  readonly stable?: ArmCounters
  readonly candidate: ArmCounters
  /** These are requests of our own, as many to each arm; no user was asked. */
  readonly synthetic?: true
  /** What was asked for beside the requests and is not known of both arms: a release does not go up on it. */
  readonly missing?: readonly MissingMetric[]
  /** When the source will have something newer (epoch ms), where it is known: asking before that shows the same again. */
  readonly nextAt?: number
}

export const noDataCauses = ['unreachable', 'empty', 'wrong-release', 'stale', 'went-backwards', 'malformed'] as const
export type NoDataCause = (typeof noDataCauses)[number]

/** A metric of the user's own that a sample lacks, and why. */
export interface MissingMetric {
  readonly name: string
  readonly cause: NoDataCause
  /** What was observed, for a person. */
  readonly detail: string
}

export interface NoData extends Sourced {
  readonly kind: 'no-data'
  readonly at: number
  readonly cause: NoDataCause
  /** What was observed, for a person. */
  readonly detail: string
  readonly nextAt?: number
}
