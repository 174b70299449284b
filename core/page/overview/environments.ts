/** One environment: what serves, what is on its way, whether one can go back, and the objectives. */
import type { DashboardModel, EnvironmentPanel } from '../../domain/dashboard/model.js'
import { el, outward, type Content } from '../elements.js'
import { marked } from '../marks.js'
import { absent, since } from '../moments.js'
import { deliveryHash, escaped } from '../route.js'
import { duration, percent, shortCommit } from '../wording.js'
import { recentStrip } from './recent.js'

export function environmentCard(panel: EnvironmentPanel, model: DashboardModel): HTMLElement {
  const mine = model.deliveries.filter(({ environment }) => environment === panel.name)
  return el('li.card', {},
    el('h2', {}, panel.name),
    live(panel, model),
    panel.inFlight === undefined ? undefined : inFlight(panel.inFlight),
    el('dl.facts', {},
      fact('Way back', wayBack(panel)),
      fact(abbreviated('RPO', 'Recovery point objective: how old the newest verified backup may be'), recoveryPoint(panel, model.generatedAt)),
      fact(abbreviated('RTO', 'Recovery time objective: how long going back may take'), recoveryTime(panel))),
    recentStrip(mine))
}

const abbreviated = (short: string, title: string): HTMLElement => el('abbr', { title }, short)

const fact = (term: Content, ...content: readonly Content[]): readonly HTMLElement[] => [el('dt', {}, term), el('dd', {}, ...content)]

function live({ live: now }: EnvironmentPanel, { repository }: DashboardModel): HTMLElement {
  if (now === undefined) return el('p.live', {}, absent('Nothing is known to be live'))
  const page = repository === undefined ? undefined : `${repository}/commit/${escaped(now.commit)}`
  const commit = now.commit === '' ? undefined : [' · ', outward(page, el('code', {}, shortCommit(now.commit)))]
  return el('div.live', {},
    el('p', {}, el('a.version', { href: deliveryHash(now.delivery) }, now.version)),
    el('p.quiet', {}, 'since ', since(now.since), ' by ', el('span.who', {}, now.by), commit))
}

function inFlight(flight: NonNullable<EnvironmentPanel['inFlight']>): HTMLElement {
  const fraction = el('span.fill')
  // By the style's own interface: the page's policy allows no style written in an attribute.
  fraction.style.width = `${Math.min(100, Math.max(0, flight.weight ?? 0))}%`
  return el('div.flight', {},
    el('p', {}, marked(flight.leftBehind ? 'warning' : 'in-flight', `${flight.kind} ${flight.leftBehind ? 'left behind by a dead run' : 'on its way'}: `, el('a', { href: deliveryHash(flight.delivery) }, flight.version))),
    el('p.quiet', {}, 'begun ', since(flight.since), ' by ', el('span.who', {}, flight.by), ' · ', flight.weight === undefined ? 'no weight recorded' : `${percent(flight.weight)} of requests reach it`),
    el('span.gauge', { 'aria-hidden': 'true' }, fraction))
}

function wayBack({ wayBack: target }: EnvironmentPanel): Content {
  if (target === undefined) return marked('warning', 'none by the record')
  return [el('a', { href: deliveryHash(target.delivery) }, target.version)]
}

/** A figure and its unit stay on one line. */
const whole = (text: string): HTMLElement => el('span.whole-line', {}, text)

/** As it stood when the page was made: that is when it was compared. */
function recoveryPoint({ objectives: { rpo } }: EnvironmentPanel, generatedAt: number): Content {
  if (rpo === undefined) return absent('no backup is configured')
  const age = rpo.newestVerifiedAt === undefined ? ['no verified backup'] : ['newest verified backup ', whole(duration(generatedAt - rpo.newestVerifiedAt)), ' old']
  return [marked(rpo.ok ? 'succeeded' : 'failed', rpo.ok ? 'met' : 'not met'), el('span.quiet', {}, ' ', age, ', limit ', whole(duration(rpo.limitMs)))]
}

function recoveryTime({ objectives: { rto } }: EnvironmentPanel): Content {
  if (rto === undefined) return absent('no objective is set')
  // Not missed: unknown.
  if (rto.worstMs === undefined) return [marked('unknown', 'unknown'), el('span.quiet', {}, ' nothing went back in 90 days, limit ', whole(duration(rto.limitMs)))]
  return [marked(rto.ok ? 'succeeded' : 'failed', rto.ok ? 'met' : 'not met'), el('span.quiet', {}, ' longest way back in 90 days ', whole(duration(rto.worstMs)), ', limit ', whole(duration(rto.limitMs)))]
}
