/** All deliveries: filters, a table that can be sorted, one page of it at a time. What it shows is in the address. */
import type { DashboardModel, DeliveryRow } from '../../domain/dashboard/model.js'
import { el, fill } from '../elements.js'
import { FATES } from '../outcome.js'
import { overviewHash } from '../route.js'
import { isFiltered, pageOf, queryOf, selectionOf, selector, type Selection, type Slice } from '../selection.js'
import { count, plural } from '../wording.js'
import type { Overview } from './page.js'
import { deliveryTable } from './table.js'

export function timeline(model: DashboardModel, first: Selection): Overview & { readonly element: HTMLElement } {
  const select = selector(model.deliveries)
  let selection = first
  const status = el('p.quiet', { role: 'status' })
  const empty = el('p.empty', { hidden: true })
  const table = deliveryTable((sort, direction) => change({ sort, direction, page: 1 }))
  const pager = pagerOf((page) => change({ page }))
  const filters = filtersOf(model, (part) => change({ ...part, page: 1 }))

  const show = (): void => {
    const rows = select(selection)
    const slice = pageOf(rows, selection.page)
    status.textContent = statusOf(rows.length, model.deliveries.length, slice)
    empty.hidden = rows.length > 0
    empty.textContent = model.deliveries.length === 0 ? 'Nothing has been delivered yet.' : 'No delivery fits these filters.'
    table.show(slice.items, selection)
    pager.show(slice)
    filters.show(selection)
  }
  const change = (part: Partial<Selection>): void => {
    selection = { ...selection, ...part }
    // Not a step of the browser's history: Back leaves the list, it does not take letters out of the search.
    history.replaceState(null, '', overviewHash(queryOf(selection)))
    show()
  }
  show()
  const element = el('section', { 'aria-labelledby': 'timeline' }, el('h2', { id: 'timeline' }, 'Deliveries'), filters.element, status, table.element, empty, pager.element)
  return {
    element,
    address: () => queryOf(selection),
    follow: (query) => {
      if (query === queryOf(selection)) return
      selection = selectionOf(query)
      show()
    },
  }
}

function statusOf(fitting: number, all: number, { first, items, pages }: Slice<DeliveryRow>): string {
  const total = fitting === all ? plural(all, 'delivery', 'deliveries') : `${count(fitting)} of ${plural(all, 'delivery', 'deliveries')}`
  return pages === 1 ? total : `${total}, ${count(first)} to ${count(first + items.length - 1)} shown`
}

interface Filters {
  readonly element: HTMLElement
  readonly show: (selection: Selection) => void
}

function filtersOf(model: DashboardModel, change: (part: Partial<Selection>) => void): Filters {
  const environments = [...new Set([...model.environments.map(({ name }) => name), ...model.deliveries.map(({ environment }) => environment)])]
  const kinds = [...new Set(model.deliveries.map(({ kind }) => kind))].toSorted()
  const selects = {
    environment: choice('environment', 'All environments', environments.map((name) => [name, name])),
    kind: choice('kind', 'All kinds', kinds.map((name) => [name, name])),
    outcome: choice('outcome', 'All outcomes', Object.entries(FATES)),
  }
  const text = el('input', { type: 'search', id: 'filter-text', placeholder: 'version, commit, person, reason', autocomplete: 'off', spellcheck: 'false' })
  const clear = el('button', { type: 'button' }, 'Clear filters')
  for (const [name, select] of Object.entries(selects)) select.addEventListener('change', () => change({ [name]: select.value }))
  text.addEventListener('input', () => change({ text: text.value }))
  clear.addEventListener('click', () => {
    change({ environment: '', kind: '', outcome: '', text: '' })
    text.focus()
  })
  const field = (label: string, control: HTMLElement): HTMLElement => el('div.choice', {}, el('label', { for: control.id }, label), control)
  const element = el('form.filters', { role: 'search', 'aria-label': 'Deliveries' },
    field('Environment', selects.environment), field('Kind', selects.kind), field('Outcome', selects.outcome), field('Search', text), clear)
  element.addEventListener('submit', (event) => event.preventDefault())
  const show = (selection: Selection): void => {
    for (const name of ['environment', 'kind', 'outcome'] as const) setChoice(selects[name], selection[name])
    if (text.value !== selection.text) text.value = selection.text
    clear.hidden = !isFiltered(selection)
  }
  return { element, show }
}

const choice = (name: string, everything: string, values: readonly (readonly [string, string])[]): HTMLSelectElement =>
  el('select', { id: `filter-${name}` }, el('option', { value: '' }, everything), values.map(([value, words]) => el('option', { value }, words)))

/** An address may name what this page does not have: that is shown, for it explains why nothing fits. */
function setChoice(select: HTMLSelectElement, value: string): void {
  if (![...select.options].some((option) => option.value === value)) select.append(el('option', { value }, value))
  select.value = value
}

function pagerOf(go: (page: number) => void): { readonly element: HTMLElement; readonly show: (slice: Slice<DeliveryRow>) => void } {
  const element = el('nav.pager', { 'aria-label': 'Pages of deliveries' })
  const where = el('span', { 'aria-current': 'page' })
  const button = (words: string, to: (slice: Slice<DeliveryRow>) => number) => ({ to, made: el('button', { type: 'button' }, words) })
  const buttons = [button('First', () => 1), button('Previous', ({ page }) => page - 1), button('Next', ({ page }) => page + 1), button('Last', ({ pages }) => pages)]
  const [first, previous, next, last] = buttons.map(({ made }) => made)
  fill(element, first, previous, where, next, last)
  let slice: Slice<DeliveryRow> | undefined
  for (const { to, made } of buttons) made.addEventListener('click', () => slice && made.getAttribute('aria-disabled') !== 'true' && go(to(slice)))
  const show = (now: Slice<DeliveryRow>): void => {
    slice = now
    element.hidden = now.pages === 1
    where.textContent = `Page ${count(now.page)} of ${count(now.pages)}`
    // Not `disabled`: a button that is pressed to the end would throw the focus away.
    for (const { to, made } of buttons) made.setAttribute('aria-disabled', String(to(now) === now.page || to(now) < 1 || to(now) > now.pages))
  }
  return { element, show }
}
