export interface BenchLine {
  readonly suite: string
  /** What was measured, with its unit. */
  readonly metric: string
  readonly ours: number
  readonly peer: number
  readonly ratio: number
  /** `ratio <= 3` or `ours <= 5`. */
  readonly goal: string
  readonly ok: boolean
}

export interface Measured {
  readonly suite: string
  readonly metric: string
  readonly ours: number
  readonly peer: number
  readonly ratio?: number
  readonly goal: { readonly ratio: number } | { readonly ours: number }
}

export function lineOf(measured: Measured): BenchLine
export function median(values: readonly number[]): number
export function medianRatio(pairs: readonly { readonly ours: number; readonly peer: number }[]): number
export function tableOf(lines: readonly BenchLine[]): string
