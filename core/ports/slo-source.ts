import type { Arm } from '../domain/platform.js'
import type { Counted, Objective } from '../domain/slo.js'

/** Why there is no number. */
export interface Unanswered {
  readonly detail: string
  /** It did not answer, and may in a moment. */
  readonly passing?: true
}

/** Whose requests: one release's, or all others'. */
export interface CountedOf {
  readonly arm: Arm
  readonly whose: 'own' | 'others'
}

/** Where objectives are measured: requests of the past. Nothing is thrown but an abort. */
export interface SloSource {
  readonly name: string
  /** Requests of a span that ends now, and how many of them missed the objective; of all releases unless it is said whose. */
  counted(objective: Objective, spanMs: number, of?: CountedOf): Promise<Counted | Unanswered>
  /** How far back it remembers, within a span. */
  covered(spanMs: number): Promise<number | Unanswered>
}
