/** Deliveries by week and how long they took. */
import type { Figures } from '../../domain/dashboard/model.js'
import { chart } from '../charts/chart.js'
import { el } from '../elements.js'
import { count, duration, plural, utcDay } from '../wording.js'

const HALF_WEEK = 3.5 * 86_400_000

const when = (week: number): string => `week of ${utcDay(week)}`

export function trend({ trend: weeks }: Figures): HTMLElement {
  if (weeks.length === 0) return el('p.empty', {}, 'There is no week to show yet.')
  const times = weeks.map(({ week }) => week)
  // One week alone stands in the middle of a few.
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  const span = last - first < 4 * HALF_WEEK ? { span: [first - 4 * HALF_WEEK, last + 4 * HALF_WEEK] as const } : {}
  const total = weeks.reduce((sum, { deliveries }) => sum + deliveries, 0)
  return el('div.charts', {},
    chart({
      title: 'Deliveries by week', summary: `${plural(weeks.length, 'week')}, ${plural(total, 'delivery', 'deliveries')} in all`, times, ...span, form: 'bars', unit: 'count', say: count, when, zone: 'Etc/UTC', least: 4,
      series: [
        { label: 'Did not succeed', colour: '--bar-bad', values: weeks.map(({ deliveries }) => deliveries), told: weeks.map(({ deliveries, succeeded }) => deliveries - succeeded) },
        { label: 'Succeeded', colour: '--bar-good', values: weeks.map(({ succeeded }) => succeeded) },
        { label: 'Rollbacks', colour: '--bar-back', form: 'points', values: weeks.map(({ rollbacks }) => (rollbacks === 0 ? null : rollbacks)), told: weeks.map(({ rollbacks }) => rollbacks) },
      ],
    }),
    chart({
      title: 'Median duration by week', summary: 'from begun to ended, of those that succeeded', times, ...span, form: 'line', unit: 'duration', say: duration, when, zone: 'Etc/UTC', least: 60_000,
      series: [{ label: 'Median duration', colour: '--arm-stable', values: weeks.map(({ medianMs }) => medianMs) }],
    }))
}
