/** The last deliveries of an environment as a row of bars: tall ones succeeded, short ones did not. */
import type { DeliveryRow } from '../../domain/dashboard/model.js'
import { drawing, el, type Attributes } from '../elements.js'
import { fateOf, type Fate } from '../outcome.js'
import { plural } from '../wording.js'

const MOST = 30
const [STEP, WIDTH, HEIGHT] = [8, 5, 22]

const TALL: Readonly<Record<Fate, number>> = { succeeded: HEIGHT, 'in-flight': 14, failed: 9, unknown: 4 }

export function recentStrip(rows: readonly DeliveryRow[]): HTMLElement {
  if (rows.length === 0) return el('p.empty', {}, 'No deliveries yet.')
  const shown = rows.slice(0, MOST).toReversed()
  const bars = shown.map((row, index): readonly [string, Attributes] => {
    const fate = fateOf(row)
    return ['rect', { class: `bar-${fate}`, x: index * STEP, y: HEIGHT - TALL[fate], width: WIDTH, height: TALL[fate], rx: 1 }]
  })
  const counted = (fate: Fate): number => shown.filter((row) => fateOf(row) === fate).length
  const parts = [`${counted('succeeded')} succeeded`, `${counted('failed')} did not`, ...(counted('in-flight') > 0 ? [`${counted('in-flight')} on its way`] : []), ...(counted('unknown') > 0 ? [`${counted('unknown')} not recorded`] : [])]
  return el('div.recent', {},
    el('p.quiet', {}, shown.length === 1 ? 'Last delivery' : `Last ${plural(shown.length, 'delivery', 'deliveries')}`, `: ${parts.join(', ')}`),
    drawing([MOST * STEP - (STEP - WIDTH), HEIGHT], bars))
}
