import type { DeliveryDetail } from '../../domain/dashboard/model.js'
import { el, prose } from '../elements.js'
import { marked, type Sign } from '../marks.js'
import { clock } from '../moments.js'
import { count, percent } from '../wording.js'

/** The judge's decisions in the page's words. */
const DECISIONS: Readonly<Record<string, readonly [Sign, string]>> = {
  PASS: ['succeeded', 'pass'],
  FAIL: ['failed', 'fail'],
  CONTINUE: ['in-flight', 'goes on looking'],
  NO_DATA: ['unknown', 'no data'],
  INCONCLUSIVE: ['unknown', 'undecided'],
}

export function verdicts({ verdicts: all }: DeliveryDetail): HTMLElement {
  const head = el('h2', { id: 'verdicts' }, 'Verdicts')
  if (all.length === 0) return el('section', { 'aria-labelledby': 'verdicts' }, head, el('p.empty', {}, 'Nothing was judged.'))
  return el('section', { 'aria-labelledby': 'verdicts' }, head,
    el('div.scroller', { role: 'region', 'aria-label': 'Verdicts as a table', tabindex: 0 },
      el('table.plain', {},
        el('thead', {}, el('tr', {}, ['Time', 'Verdict'].map((name) => el('th', { scope: 'col' }, name)), ['Weight', 'Requests', 'Errors'].map((name) => el('th.number', { scope: 'col' }, name)), ['Leans to', 'Because'].map((name) => el('th', { scope: 'col' }, name)))),
        el('tbody', {}, all.map(line)))))
}

function line(verdict: DeliveryDetail['verdicts'][number]): HTMLElement {
  const [sign, words] = Object.hasOwn(DECISIONS, verdict.decision) ? DECISIONS[verdict.decision]! : (['unknown', verdict.decision] as const)
  return el('tr', {},
    el('th', { scope: 'row' }, clock(verdict.at)), el('td', {}, marked(sign, words)),
    [percent(verdict.weight), count(verdict.requests), count(verdict.errors)].map((text) => el('td.number', {}, text)),
    el('td', {}, verdict.lean), el('td.prose', {}, prose(verdict.detail)))
}
