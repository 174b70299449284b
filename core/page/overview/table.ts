/** One page of deliveries as a table; its heads are the buttons that sort it. */
import type { DeliveryRow } from '../../domain/dashboard/model.js'
import { el } from '../elements.js'
import { kindTag, outcomeMark } from '../marks.js'
import { absent, moment, since } from '../moments.js'
import { deliveryHash } from '../route.js'
import { COLUMNS, type Column, type Direction, type Selection } from '../selection.js'
import { duration } from '../wording.js'

const HEADS: Readonly<Record<Column, string>> = {
  begun: 'Begun', environment: 'Environment', kind: 'Kind', version: 'Version', outcome: 'Outcome', duration: 'Duration', by: 'By',
}

const CELLS: Readonly<Record<Column, (row: DeliveryRow) => readonly (Node | string)[]>> = {
  begun: (row) => [el('a.whole', { href: deliveryHash(row.id) }, moment(row.begunAt)), ' ', el('span.quiet', {}, since(row.begunAt))],
  environment: ({ environment }) => [environment],
  kind: ({ kind }) => [kindTag(kind)],
  version: ({ version, from }) => [el('span.version', {}, version), ...(from === undefined ? [] : [' ', el('span.quiet', {}, `from ${from}`)])],
  outcome: (row) => [outcomeMark(row)],
  duration: ({ begunAt, endedAt }) => [endedAt === undefined ? absent('not ended') : duration(endedAt - begunAt)],
  by: ({ by }) => [by],
}

export interface DeliveryTable {
  readonly element: HTMLElement
  readonly show: (rows: readonly DeliveryRow[], selection: Selection) => void
}

export function deliveryTable(sortBy: (column: Column, direction: Direction) => void): DeliveryTable {
  const body = el('tbody')
  const heads = COLUMNS.map((column) => head(column, sortBy))
  // Roles are said again, as narrow screens show rows as blocks, which may take them away.
  const element = el('table.deliveries', { role: 'table', 'aria-labelledby': 'timeline' },
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, heads.map((made) => made.cell))), body)
  body.setAttribute('role', 'rowgroup')
  const show = (rows: readonly DeliveryRow[], selection: Selection): void => {
    for (const made of heads) made.show(selection)
    body.replaceChildren(...rows.map(line))
    element.hidden = rows.length === 0
  }
  return { element, show }
}

function head(column: Column, sortBy: (column: Column, direction: Direction) => void): { readonly cell: HTMLElement; readonly show: (selection: Selection) => void } {
  const button = el('button', { type: 'button' }, HEADS[column])
  const cell = el('th', { scope: 'col', role: 'columnheader', 'data-column': column }, button)
  // Times and lengths are looked at from their large end, words from their beginning.
  const natural: Direction = column === 'begun' || column === 'duration' ? 'descending' : 'ascending'
  button.addEventListener('click', () => {
    const now = cell.getAttribute('aria-sort')
    sortBy(column, now === null ? natural : now === 'ascending' ? 'descending' : 'ascending')
  })
  const show = ({ sort, direction }: Selection): void => {
    if (sort === column) cell.setAttribute('aria-sort', direction)
    else cell.removeAttribute('aria-sort')
  }
  return { cell, show }
}

const line = (row: DeliveryRow): HTMLElement =>
  el('tr', { role: 'row' }, COLUMNS.map((column) => el('td', { role: 'cell', 'data-column': column }, CELLS[column](row))))
