export interface Answered {
  /** When the request began (epoch ms). */
  readonly at: number
  /** How long until its answer had ended. */
  readonly ms: number
  readonly version: string
  readonly ok: boolean
}

export function settledMs(answers: readonly Answered[], version: string, from: number): number
export function longestGapMs(answers: readonly Answered[]): number
export function p99(answers: readonly Answered[], from: number, to: number): number
