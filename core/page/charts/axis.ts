/** How the axes are told. Pure. */

export type Unit = 'count' | 'share' | 'percent' | 'duration'

const DAY = 86_400
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const decimal = (powers: readonly number[]): number[] => powers.flatMap((power) => [1, 2, 5].map((step) => Number(`${step}e${power}`)))

/** How far the marks of an axis may be apart, by what it measures. */
export const STEPS: Readonly<Record<Unit, number[]>> = {
  count: decimal([0, 1, 2, 3, 4, 5]),
  share: decimal([-4, -3, -2, -1]),
  percent: [5, 10, 25, 50],
  duration: [...[1, 2, 5, 10, 15, 30].map((step) => step * SECOND), ...[1, 2, 5, 10, 15, 30].map((step) => step * MINUTE), ...[1, 2, 3, 6, 12, 24, 48, 96, 240].map((step) => step * HOUR)],
}

const FORMS = {
  exact: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  times: { hour: '2-digit', minute: '2-digit' },
  days: { day: 'numeric', month: 'short' },
} as const

/** Words for the marks of a time axis (epoch seconds), as fine as the marks are apart. */
export function ticks(splits: readonly number[], timeZone: string | undefined): string[] {
  const apart = (splits[1] ?? 0) - (splits[0] ?? 0)
  const form = apart >= DAY * 0.9 ? 'days' : apart >= 60 ? 'times' : 'exact'
  const format = new Intl.DateTimeFormat('en-GB', { ...FORMS[form], ...(timeZone === undefined ? {} : { timeZone }) })
  const words = splits.map((at) => format.format(at * 1000))
  // Marks that are less than a second apart would say the same again and again.
  return words.map((word, index) => (word === words[index - 1] ? '' : word))
}

/** Up to where an axis reaches: a little over the largest, and never below `least`. */
export function topOf(series: readonly (readonly (number | null)[])[], least: number): number {
  const largest = series.reduce((most, values) => values.reduce<number>((sofar, value) => Math.max(sofar, value ?? 0), most), 0)
  return Math.max(least, largest * 1.1)
}
