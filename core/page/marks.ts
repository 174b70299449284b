/** Signs beside words: they differ in form as well as in colour, and are never alone. */
import type { DeliveryRow } from '../domain/dashboard/model.js'
import { drawing, el, type Attributes } from './elements.js'
import { fateOf, reasonWords, type Fate } from './outcome.js'

export type Sign = Fate | 'warning'

type Shapes = readonly (readonly [string, Attributes])[]

const stroke = { fill: 'none', stroke: 'currentColor', 'stroke-width': 2, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }

const SHAPES: Readonly<Record<Sign, Shapes>> = {
  succeeded: [['path', { ...stroke, d: 'M3 8.5l3.2 3.2L13 4.8' }]],
  failed: [['path', { ...stroke, d: 'M4 4l8 8M12 4l-8 8' }]],
  'in-flight': [['circle', { ...stroke, cx: 8, cy: 8, r: 5.5, 'stroke-width': 1.6 }], ['path', { fill: 'currentColor', d: 'M8 2.5a5.5 5.5 0 0 1 0 11z' }]],
  unknown: [['circle', { ...stroke, cx: 8, cy: 8, r: 5, 'stroke-dasharray': '2 3' }]],
  warning: [['path', { ...stroke, d: 'M8 2.5L14.5 13.5h-13z', 'stroke-width': 1.6 }], ['path', { ...stroke, d: 'M8 6.5v3.2M8 11.6v.1', 'stroke-width': 1.6 }]],
}

export const sign = (kind: Sign): SVGElement => drawing([16, 16], SHAPES[kind])

/** The sign and its words. */
export const marked = (kind: Sign, ...words: readonly (string | Node)[]): HTMLElement => el('span.mark', { 'data-sign': kind }, sign(kind), el('span', {}, ...words))

export const outcomeMark = (row: DeliveryRow): HTMLElement => marked(fateOf(row), reasonWords(row))

export const kindTag = (kind: DeliveryRow['kind']): HTMLElement => el('span.tag', { 'data-kind': kind }, kind)
