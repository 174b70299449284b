/** Who let it in, what it could go back to, and where all of it is kept. */
import type { DeliveryDetail } from '../../domain/dashboard/model.js'
import { el, outward } from '../elements.js'
import { marked } from '../marks.js'
import { absent, moment } from '../moments.js'
import { bytes } from '../wording.js'

export function approvals({ approvals: all }: DeliveryDetail): HTMLElement {
  const line = ({ by, state, comment, at }: DeliveryDetail['approvals'][number]): HTMLElement =>
    el('li', {}, marked(state === 'approved' ? 'succeeded' : state === 'rejected' ? 'failed' : 'unknown', state), ' by ', el('span.who', {}, by), ', ', moment(at), comment === '' ? undefined : el('q', {}, comment))
  return el('section', { 'aria-labelledby': 'approvals' }, el('h2', { id: 'approvals' }, 'Approvals'), all.length === 0 ? el('p.empty', {}, 'No approval is recorded.') : el('ul.plan', {}, all.map(line)))
}

export function receipt({ receipt: given }: DeliveryDetail): HTMLElement {
  const head = el('h2', { id: 'receipt' }, 'Backup')
  if (given === undefined) return el('section', { 'aria-labelledby': 'receipt' }, head, el('p.empty', {}, 'No receipt of a backup was given.'))
  const verified = given.verifiedAt === undefined ? marked('warning', 'never restored, so not proven') : marked('succeeded', 'restored and compared ', moment(Date.parse(given.verifiedAt)))
  return el('section', { 'aria-labelledby': 'receipt' }, head,
    el('dl.facts', {},
      el('dt', {}, 'Receipt'), el('dd', {}, el('code', {}, given.id)),
      el('dt', {}, 'Taken'), el('dd', {}, moment(Date.parse(given.takenAt))),
      el('dt', {}, 'Verified'), el('dd', {}, verified),
      el('dt', {}, 'Size'), el('dd', {}, bytes(given.bytes)),
      el('dt', {}, 'Schema'), el('dd', {}, given.schemaRevision === '' ? absent('no revision is known') : el('code', {}, given.schemaRevision))))
}

export function record({ record: kept }: DeliveryDetail): HTMLElement {
  const head = el('h2', { id: 'record' }, 'Full record')
  if (kept === undefined) return el('section', { 'aria-labelledby': 'record' }, head, el('p.empty', {}, 'No full record is known; this page shows what the ledger holds.'))
  return el('section', { 'aria-labelledby': 'record' }, head,
    el('p', {}, outward(kept.link, kept.link)),
    el('dl.facts', {}, el('dt', {}, 'SHA-256'), el('dd', {}, el('code.long', {}, kept.sha256))))
}
