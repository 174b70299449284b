/** How long each part took, and what was done and seen, in order. */
import type { DeliveryDetail, DeliveryRow } from '../../domain/dashboard/model.js'
import { el, prose } from '../elements.js'
import { clock } from '../moments.js'
import { duration } from '../wording.js'

type Step = DeliveryDetail['steps'][number]

export function stepsOf(row: DeliveryRow, { steps }: DeliveryDetail): HTMLElement {
  const head = el('h2', { id: 'steps' }, 'Steps')
  if (steps.length === 0) return el('section', { 'aria-labelledby': 'steps' }, head, el('p.empty', {}, 'No times of single steps are recorded.'))
  const from = Math.min(row.begunAt, ...steps.map(({ startedAt }) => startedAt))
  const to = Math.max(from + 1, row.endedAt ?? from, ...steps.map(({ startedAt, ms }) => startedAt + ms))
  return el('section', { 'aria-labelledby': 'steps' }, head,
    el('table.plain.steps', {},
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Step'), el('th.number', { scope: 'col' }, 'Took'), el('td', { 'aria-hidden': 'true' }))),
      el('tbody', {}, steps.map((step) => el('tr', {}, el('th', { scope: 'row' }, step.name), el('td.number', {}, duration(step.ms)), el('td', { 'aria-hidden': 'true' }, bar(step, from, to)))))))
}

/** Its place and length in the whole delivery. */
function bar({ startedAt, ms }: Step, from: number, to: number): HTMLElement {
  const made = el('span.fill')
  made.style.marginInlineStart = `${((startedAt - from) / (to - from)) * 100}%`
  made.style.width = `${(ms / (to - from)) * 100}%`
  return el('span.lane', {}, made)
}

const KINDS: Readonly<Record<DeliveryDetail['events'][number]['kind'], string>> = { doing: 'doing', verdict: 'verdict', observed: 'observed' }

export function eventsOf({ events }: DeliveryDetail): HTMLElement {
  return el('section', { 'aria-labelledby': 'events' }, el('h2', { id: 'events' }, 'Events'),
    events.length === 0
      ? el('p.empty', {}, 'No events are recorded.')
      : el('ol.events', {}, events.map(({ at, text, kind }) => el('li', {}, clock(at), el('span.tag', { 'data-kind': kind }, KINDS[kind]), el('span', {}, prose(text))))))
}
