/** A chart with its title, a legend that reads the values under the pointer, and the same figures as a table. */
import { el, fill } from '../elements.js'
import { absent } from '../moments.js'
import { NO_DATA } from '../wording.js'
import type { Unit } from './axis.js'
import { draw } from './drawing.js'

export interface Series {
  readonly label: string
  /** Name of a colour of the style. */
  readonly colour: string
  readonly values: readonly (number | null)[]
  /** What is said, where it is not what is drawn: a part of a bar that reaches up to the whole. */
  readonly told?: readonly (number | null)[]
  readonly form?: Form
  readonly dashed?: boolean
}

export type Form = 'line' | 'steps' | 'bars' | 'points'

export interface Picture {
  readonly title: string
  /** One sentence for those who do not see it. */
  readonly summary: string
  /** Epoch ms, rising. */
  readonly times: readonly number[]
  readonly series: readonly Series[]
  readonly form: Form
  readonly unit: Unit
  readonly say: (value: number | null | undefined) => string
  readonly when: (at: number) => string
  /** The axis reaches up to this at least, so that noise close to nothing does not look like a mountain. */
  readonly least: number
  readonly most?: number
  /** The span of time, where it is not that of the figures. */
  readonly span?: readonly [number, number]
  /** Of the time axis, where it is not that of this device. */
  readonly zone?: 'Etc/UTC'
  /** Charts of one name share their pointer. */
  readonly together?: string
  /** Said where there are no figures at all. */
  readonly missing?: string
  readonly lines?: readonly { readonly at: number; readonly colour: string }[]
}

export function chart(picture: Picture): HTMLElement {
  const known = picture.series.some(({ values }) => values.some((value) => value !== null))
  const heading = el('h3', {}, picture.title)
  if (!known) return el('figure.chart', { 'data-empty': true }, el('figcaption', {}, heading), el('p.empty', {}, absent(), picture.missing === undefined ? undefined : `: ${picture.missing}`))
  const caption = el('p.quiet', {}, picture.summary)
  const reading = legend(picture, caption)
  const canvas = el('div.canvas', { role: 'img', 'aria-label': `${picture.title}: ${picture.summary}` })
  const table = el('details', {}, el('summary', {}, `${picture.title} as a table`))
  // Made when it is asked for: nobody waits for a table that nobody opens.
  table.addEventListener('toggle', () => {
    if (table.open && table.childElementCount === 1) table.append(tableOf(picture))
  })
  draw(canvas, picture, reading.show)
  return el('figure.chart', {}, el('figcaption', {}, heading, caption), reading.element, canvas, table)
}

/** The caption gives way to the moment under the pointer. */
function legend({ series, times, say, when, summary }: Picture, caption: HTMLElement): { readonly element: HTMLElement; readonly show: (index: number | undefined) => void } {
  const values = series.map(() => el('span.reading'))
  const element = el('ul.legend', {}, series.map(({ label, colour, form, dashed }, index) => {
    const swatch = el('span.swatch', { 'data-form': dashed ? 'dashed' : form ?? '', 'aria-hidden': 'true' })
    swatch.style.color = `var(${colour})`
    return el('li', {}, swatch, label, ' ', values[index])
  }))
  const show = (index: number | undefined): void => {
    caption.textContent = index === undefined ? summary : when(times[index] ?? Number.NaN)
    for (const [place, { values: drawn, told }] of series.entries()) fill(values[place]!, index === undefined ? '' : say((told ?? drawn)[index]))
  }
  return { element, show }
}

function tableOf({ times, series, say, when, title }: Picture): HTMLElement {
  const cell = (text: string): HTMLElement => el('td.number', {}, text === NO_DATA ? absent() : text)
  return el('div.scroller', { role: 'region', 'aria-label': `${title} as a table`, tabindex: 0 },
    el('table.plain', {},
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Time'), series.map(({ label }) => el('th.number', { scope: 'col' }, label)))),
      el('tbody', {}, times.map((at, row) => el('tr', {}, el('th', { scope: 'row' }, when(at)), series.map(({ values, told }) => cell(say((told ?? values)[row]))))))))
}
