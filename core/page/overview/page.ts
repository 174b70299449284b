/** What is live, how deliveries went, and all of them. */
import type { DashboardModel } from '../../domain/dashboard/model.js'
import { el, fill, prose } from '../elements.js'
import type { Route } from '../route.js'
import { selectionOf } from '../selection.js'
import { environmentCard } from './environments.js'
import { figuresSection } from './figures.js'
import { timeline } from './timeline.js'

export interface Overview {
  /** Shows what the address says. */
  readonly follow: (query: string) => void
  /** What it shows, for an address. */
  readonly address: () => string
}

export function showOverview(place: HTMLElement, model: DashboardModel, route: Route): Overview {
  const table = timeline(model, selectionOf(route.name === 'overview' ? route.query : ''))
  fill(place,
    el('h1', { tabindex: -1 }, 'What is live'),
    gaps(model),
    environments(model),
    figuresSection(model),
    table.element)
  return table
}

function gaps({ gaps: unread }: DashboardModel): HTMLElement | undefined {
  if (unread.length === 0) return undefined
  return el('section.notice', { 'aria-labelledby': 'gaps' },
    el('h2', { id: 'gaps' }, 'This page does not show everything'),
    el('ul', {}, unread.map((gap) => el('li', {}, prose(gap)))))
}

function environments(model: DashboardModel): HTMLElement {
  if (model.environments.length === 0) return el('p.empty', {}, 'No environment has been delivered to yet.')
  return el('ul.cards', { 'aria-label': 'Environments' }, model.environments.map((panel) => environmentCard(panel, model)))
}
