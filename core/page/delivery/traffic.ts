/** How much reached the candidate over time, and how both arms fared. */
import type { DeliveryDetail, DeliveryRow } from '../../domain/dashboard/model.js'
import { chart, type Picture, type Series } from '../charts/chart.js'
import { el } from '../elements.js'
import { clockTime, percent, plural, share } from '../wording.js'

type Poll = DeliveryDetail['polls'][number]

export function traffic(row: DeliveryRow, detail: DeliveryDetail, generatedAt: number): HTMLElement {
  const head = el('h2', { id: 'traffic' }, 'Traffic')
  // A rollback that nobody measures moves everything at once: its candidate is nothing to look at.
  const moved = detail.weights.some(([, weight]) => weight > 0)
  if (!moved && detail.polls.length === 0) {
    return el('section', { 'aria-labelledby': 'traffic' }, head, el('p.empty', {}, 'No weights and no samples are recorded: traffic was not moved by steps.'))
  }
  const end = row.endedAt ?? generatedAt
  const shared = sharedBy(row, detail, end)
  return el('section', { 'aria-labelledby': 'traffic' }, head,
    el('div.charts', {},
      chart(weights(detail, shared, end)),
      chart(rates('Errors', 'share of requests that failed', detail, shared, (arm) => arm.errors)),
      chart(rates('Slow answers', 'share of requests slower than allowed', detail, shared, (arm) => arm.slow))))
}

type Shared = Pick<Picture, 'span' | 'when' | 'together' | 'lines'>

/** One span for all three, from the first thing that was seen to the last. */
function sharedBy(row: DeliveryRow, { weights: shifts, polls, verdicts }: DeliveryDetail, end: number): Shared {
  const first = Math.min(...shifts.slice(0, 1).map(([at]) => at), ...polls.slice(0, 1).map(({ at }) => at), end)
  const lines = verdicts.filter(({ decision }) => decision === 'FAIL').map(({ at }) => ({ at, colour: '--bad' }))
  return { span: [Number.isFinite(first) ? first : row.begunAt, end], when: clockTime, together: `delivery ${row.id}`, lines }
}

function weights({ weights: shifts }: DeliveryDetail, shared: Shared, end: number): Picture {
  const last = shifts.at(-1)
  // The last weight held until the end.
  const held = last === undefined || last[0] >= end ? shifts : [...shifts, [end, last[1]] as const]
  return {
    ...shared, title: 'Weight of the candidate', summary: shifts.length === 0 ? 'nothing recorded' : `by steps: ${shifts.map(([, weight]) => percent(weight)).join(', ')}`,
    times: held.map(([at]) => at), form: 'steps', unit: 'percent', say: percent, least: 100, most: 100,
    series: [{ label: 'Weight', colour: '--arm-candidate', values: held.map(([, weight]) => weight) }],
  }
}

function rates(title: string, what: string, { polls }: DeliveryDetail, shared: Shared, of: (arm: NonNullable<Poll['stable']>) => number | null): Picture {
  // The first one tells nothing yet: what is shown is what came since the poll before.
  const silent = polls.slice(1).filter(({ stable, candidate }) => stable === null && candidate === null).length
  const series: readonly Series[] = [
    { label: 'Stable', colour: '--arm-stable', dashed: true, values: polls.map(({ stable }) => (stable === null ? null : of(stable))) },
    { label: 'Candidate', colour: '--arm-candidate', values: polls.map(({ candidate }) => (candidate === null ? null : of(candidate))) },
  ]
  const gaps = silent === 0 ? '' : `, ${plural(silent, 'poll')} without data`
  const missing = polls.length === 0 ? 'no sample is recorded, nothing was compared' : silent === polls.length - 1 ? 'the source of figures told nothing' : 'not measured here'
  return { ...shared, title, missing, summary: `${what}, ${plural(polls.length, 'poll')}${gaps}`, times: polls.map(({ at }) => at), form: 'line', unit: 'share', say: share, least: 0.02, series }
}
