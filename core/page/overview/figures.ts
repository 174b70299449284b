/** How deliveries went: the four keys, our own rates, both by environment, and the weeks. */
import type { DashboardModel, Figures } from '../../domain/dashboard/model.js'
import { el, fill } from '../elements.js'
import { absent } from '../moments.js'
import { count, duration, frequency, NO_DATA, share, utcDay } from '../wording.js'
import { trend } from './trend.js'

interface Key {
  readonly term: string
  readonly value: (figures: Figures) => string
}

const KEYS: readonly Key[] = [
  { term: 'Deployment frequency', value: ({ dora }) => frequency(dora.deploymentFrequency) },
  { term: 'Lead time for changes', value: ({ dora }) => duration(dora.leadTime) },
  { term: 'Change failure rate', value: ({ dora }) => share(dora.changeFailureRate) },
  { term: 'Time to restore', value: ({ dora }) => duration(dora.timeToRestore) },
]

const RATES: readonly Key[] = [
  { term: 'Deliveries', value: ({ deliveries }) => count(deliveries) },
  { term: 'Rollbacks', value: ({ rollbacks }) => count(rollbacks) },
  { term: 'Success rate', value: ({ successRate }) => share(successRate) },
  { term: 'Rollback rate', value: ({ rollbackRate }) => share(rollbackRate) },
  { term: 'Median duration', value: ({ duration: { median } }) => duration(median) },
  { term: '95th percentile', value: ({ duration: { p95 } }) => duration(p95) },
]

const valueOf = (text: string): HTMLElement | string => (text === NO_DATA ? absent() : text)

export function figuresSection(model: DashboardModel): HTMLElement {
  const scopes = scopesOf(model)
  const select = el('select', { id: 'scope' }, scopes.map(({ name }, index) => el('option', { value: index }, name)))
  const body = el('div.stack')
  const show = (): void => {
    const { figures } = scopes[Number(select.value)] ?? scopes[0]!
    fill(body, keys(figures, model), trend(figures))
  }
  select.addEventListener('change', show)
  show()
  return el('section', { 'aria-labelledby': 'figures' },
    el('div.section-head', {}, el('h2', { id: 'figures' }, 'How deliveries go'), el('div.choice', {}, el('label', { for: 'scope' }, 'Figures of'), select)),
    body, byEnvironment(model), definitions(model))
}

/** First what counts as production, all of it together; then each other environment. */
function scopesOf({ environments, figures }: DashboardModel): readonly { readonly name: string; readonly figures: Figures }[] {
  const production = environments.filter((panel) => panel.production)
  const others = environments.filter((panel) => production.length !== 1 || panel !== production[0])
  const all = production.length === 0 ? 'production (none is set)' : production.map(({ name }) => name).join(' + ')
  return [{ name: all, figures }, ...others]
}

function keys(figures: Figures, { definitions: words }: DashboardModel): HTMLElement {
  const explained = (wanted: string): HTMLElement | undefined => {
    const meaning = words.find(({ term }) => term === wanted)?.meaning
    return meaning === undefined ? undefined : el('dd.meaning', {}, el('details', {}, el('summary', { 'aria-label': `What counts: ${wanted}` }, 'What counts'), meaning))
  }
  const tile = ({ term, value }: Key): HTMLElement => el('div.tile', {}, el('dt', {}, term), el('dd', {}, valueOf(value(figures))), explained(term))
  const span = `${utcDay(figures.from)} to ${utcDay(figures.to)}`
  return el('div', {},
    el('p.quiet', {}, figures.deliveries === 0 ? `No finished delivery from ${span}.` : `From ${span}.`),
    el('dl.tiles', {}, KEYS.map(tile)),
    el('dl.tiles.small', {}, RATES.map(({ term, value }) => el('div.tile', {}, el('dt', {}, term), el('dd', {}, valueOf(value(figures)))))))
}

/** Scrolls by itself where the screen is narrow: then it can have the focus. */
function byEnvironment({ environments }: DashboardModel): HTMLElement | undefined {
  if (environments.length === 0) return undefined
  const columns = [...RATES, ...KEYS]
  const row = (name: string, figures: Figures): HTMLElement =>
    el('tr', {}, el('th', { scope: 'row' }, name), columns.map(({ value }) => el('td.number', {}, valueOf(value(figures)))))
  return el('div', {},
    el('h3', { id: 'by-environment' }, 'By environment'),
    el('div.scroller', { role: 'region', 'aria-labelledby': 'by-environment', tabindex: 0 },
      el('table.plain.tight', {},
        el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Environment'), columns.map(({ term }) => el('th.number', { scope: 'col' }, term)))),
        el('tbody', {}, environments.map(({ name, figures }) => row(name, figures))))))
}

function definitions({ definitions: words }: DashboardModel): HTMLElement | undefined {
  if (words.length === 0) return undefined
  return el('details', {}, el('summary', {}, 'What these words mean, and how each is computed'),
    el('dl.definitions', {}, words.map(({ term, meaning }) => [el('dt', {}, term), el('dd', {}, meaning)])))
}
