/** Puts the parts in their places and follows the address. */
import type { DashboardModel } from '../domain/dashboard/model.js'
import { el, fill, found, outward } from './elements.js'
import { deliveryPage } from './delivery/page.js'
import { showOverview } from './overview/page.js'
import { moment, since } from './moments.js'
import { overviewHash, routeOf } from './route.js'
import { themeButton } from './theme.js'

const STALE_MS = 86_400_000

export function start(model: DashboardModel): void {
  fill(found('masthead'), masthead(model))
  fill(found('footer'), footer(model))
  const overview = showOverview(found('overview'), model, routeOf(location.hash))
  const delivery = deliveryPage(found('delivery'), model)
  const places = { overview: found('overview'), delivery: found('delivery') }
  let scrolled = 0
  let shown: keyof typeof places | undefined
  let left: Element | null = null

  const follow = (): void => {
    const route = routeOf(location.hash)
    if (route.name === 'delivery' && shown !== 'delivery') [scrolled, left] = [scrollY, document.activeElement]
    for (const [name, place] of Object.entries(places)) place.hidden = name !== route.name
    if (route.name === 'delivery') delivery.show(route.id)
    else overview.follow(route.query)
    document.title = `${route.name === 'delivery' ? delivery.title(route.id) : 'Deliveries'} · ${model.app}`
    if (shown !== undefined) arrive(route.name === 'overview' ? scrolled : 0, route.name === 'overview' ? left : null, places[route.name])
    shown = route.name
  }
  addEventListener('hashchange', follow)
  followKeys(() => shown === 'delivery', () => overview.address())
  follow()
}

/** Where it was left, or at the heading of what is new. */
function arrive(top: number, last: Element | null, place: HTMLElement): void {
  const target = last instanceof HTMLElement && place.contains(last) ? last : place.querySelector<HTMLElement>('h1')
  target?.focus({ preventScroll: true })
  scrollTo(0, top)
}

function followKeys(isInside: () => boolean, back: () => string): void {
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented && isInside()) location.hash = overviewHash(back())
  })
  // The address behind `#` says where in the page we are, so that it is not free for this.
  found('skip').addEventListener('click', (event) => {
    event.preventDefault()
    found('main').focus()
  })
  const opened = new Set<HTMLDetailsElement>()
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll<HTMLDetailsElement>('details:not([open])')) opened.add(details)
    for (const details of opened) details.open = true
  })
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false
    opened.clear()
  })
}

function masthead(model: DashboardModel): HTMLElement {
  const stale = Date.now() - model.generatedAt > STALE_MS
  return el('div.bar', {},
    el('a.brand', { href: '#/' }, el('span.gates', { 'aria-hidden': 'true' }), el('span', {}, model.app)),
    el('p.made', {}, 'Deliveries as recorded ', moment(model.generatedAt), ' (', since(model.generatedAt), stale ? '; there may be newer ones' : '', ')'),
    themeButton())
}

function footer(model: DashboardModel): HTMLElement {
  return el('p.bar', {},
    'Made by Ecluse from the record of deliveries. Times are those of this device; hover for UTC.',
    model.repository === undefined ? undefined : [' ', outward(model.repository, 'Repository')])
}
