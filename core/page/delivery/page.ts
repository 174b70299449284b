/** One delivery: what it was, what happened, what was seen, and who let it in. */
import type { DashboardModel, DeliveryDetail, DeliveryRow } from '../../domain/dashboard/model.js'
import { el, fill, prose } from '../elements.js'
import { outcomeMark, kindTag } from '../marks.js'
import { overviewHash } from '../route.js'
import { approvals, receipt, record } from './evidence.js'
import { facts } from './facts.js'
import { releaseNotes } from './notes.js'
import { eventsOf, stepsOf } from './progress.js'
import { traffic } from './traffic.js'
import { verdicts } from './verdicts.js'

export interface DeliveryPage {
  readonly show: (id: string) => void
  readonly title: (id: string) => string
}

export function deliveryPage(place: HTMLElement, model: DashboardModel): DeliveryPage {
  const known = new Map(model.deliveries.map((row) => [row.id, row]))
  const show = (id: string): void => {
    const row = known.get(id)
    fill(place, back(), row === undefined ? unknown(id) : [heading(row), ...body(row, detailOf(model, id), model)])
  }
  const title = (id: string): string => {
    const row = known.get(id)
    return row === undefined ? 'No such delivery' : `${row.version} to ${row.environment}`
  }
  return { show, title }
}

/** By its own name only: an id may be called like something that every object has. */
const detailOf = ({ details }: DashboardModel, id: string): DeliveryDetail | undefined => (Object.hasOwn(details, id) ? details[id] : undefined)

const back = (): HTMLElement => el('nav.crumbs', { 'aria-label': 'Where you are' }, el('a', { href: overviewHash('') }, 'All deliveries'))

const unknown = (id: string): readonly HTMLElement[] => [
  el('h1', { tabindex: -1 }, 'No such delivery'),
  el('p.empty', {}, 'This page has no delivery ', el('code', {}, id), '. It may be older than what the page reaches back to, or newer than the page.'),
]

const heading = (row: DeliveryRow): HTMLElement =>
  el('div.title', {}, el('h1', { tabindex: -1 }, el('span.version', {}, row.version), ' to ', row.environment), el('p', {}, kindTag(row.kind), ' ', outcomeMark(row)))

function body(row: DeliveryRow, detail: DeliveryDetail | undefined, model: DashboardModel): readonly (HTMLElement | undefined)[] {
  if (detail === undefined) {
    return [facts(row, undefined, model), el('p.empty', {}, 'More about this delivery is not in this page, which keeps the particulars of the newest ones only. Its run has the rest.')]
  }
  return [
    detail.message === '' ? undefined : el('p.message', {}, prose(detail.message)),
    facts(row, detail, model),
    traffic(row, detail, model.generatedAt),
    verdicts(detail),
    el('div.columns', {}, plan(detail), approvals(detail), receipt(detail), record(detail)),
    stepsOf(row, detail),
    releaseNotes(detail.notes),
    eventsOf(detail),
  ]
}

const plan = ({ plan: lines }: DeliveryDetail): HTMLElement =>
  el('section', { 'aria-labelledby': 'plan' }, el('h2', { id: 'plan' }, 'Plan'), lines.length === 0 ? el('p.empty', {}, 'No plan is recorded.') : el('ol.plan', {}, lines.map((line) => el('li', {}, prose(line)))))
