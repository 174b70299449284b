import type { DashboardModel, DeliveryDetail, DeliveryRow } from '../../domain/dashboard/model.js'
import { el, outward, type Content } from '../elements.js'
import { absent, withUtc } from '../moments.js'
import { escaped } from '../route.js'
import { duration, shortCommit } from '../wording.js'

export function facts(row: DeliveryRow, detail: DeliveryDetail | undefined, { repository }: DashboardModel): HTMLElement {
  const commit = repository === undefined ? undefined : `${repository}/commit/${escaped(row.commit)}`
  const entries: readonly (readonly [string, Content])[] = [
    ['Begun', withUtc(row.begunAt)],
    ['Ended', row.endedAt === undefined ? absent('not ended when this page was made') : withUtc(row.endedAt)],
    ['Duration', row.endedAt === undefined ? absent('not ended') : duration(row.endedAt - row.begunAt)],
    ['By', row.by],
    ['Before it', row.from === undefined ? absent('nothing served') : el('span.version', {}, row.from)],
    ['Commit', row.commit === '' ? absent() : outward(commit, el('code', { title: row.commit }, shortCommit(row.commit)))],
    ['Run', row.runUrl === '' ? row.run : outward(row.runUrl, row.run)],
    ['Approved by', detail === undefined ? undefined : approvers(detail)],
    ['Delivery', el('code', {}, row.id)],
  ]
  return el('dl.facts.wide', {}, entries.filter(([, content]) => content !== undefined).map(([term, content]) => el('div', {}, el('dt', {}, term), el('dd', {}, content))))
}

function approvers({ approvals }: DeliveryDetail): Content {
  const names = approvals.filter(({ state }) => state === 'approved').map(({ by }) => by)
  return names.length === 0 ? absent('nobody on record') : names.join(', ')
}
