import type { Series } from '../../domain/outcome.js'

export interface Bins {
  /** Seconds. */
  readonly from: number
  readonly to: number
  /** Per series, one mean per bin; `undefined` where nothing was measured. */
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[]
}

/** Brings series of any length and spacing onto one row of bins. */
export function binned(series: readonly Series[], most: number): Bins {
  const times = series.flatMap(({ points }) => points.map(([at]) => at))
  const from = times.reduce((least, at) => Math.min(least, at), Infinity)
  const to = times.reduce((largest, at) => Math.max(largest, at), -Infinity)
  if (times.length === 0) return { from: 0, to: 0, rows: series.map(({ name }) => ({ name, values: [] })) }
  const longest = series.reduce((most_, { points }) => Math.max(most_, points.length), 0)
  const count = to === from ? 1 : Math.min(most, longest)
  const rows = series.map(({ name, points }) => {
    const sums = Array.from({ length: count }, () => ({ total: 0, seen: 0 }))
    for (const [at, value] of points) {
      const bin = sums[Math.min(count - 1, Math.floor(((at - from) / (to - from || 1)) * count))]!
      bin.total += value
      bin.seen += 1
    }
    return { name, values: sums.map(({ total, seen }) => (seen === 0 ? undefined : total / seen)) }
  })
  return { from, to, rows }
}

const BLOCKS = '▁▂▃▄▅▆▇█'

/** A row of block characters on a scale from 0; a gap where nothing was measured. */
export function sparkline(values: readonly (number | undefined)[], top: number): string {
  return values.map((value) => (value === undefined ? ' ' : BLOCKS[Math.min(7, Math.floor((value / (top || 1)) * 8))]!)).join('')
}

export function highest(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
}

/** Two or three digits that matter, no noise. */
export function shownNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)))
}
