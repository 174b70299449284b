/** What changed between the release before and this one. */
import type { ReleaseNotes } from '../../domain/dashboard/model.js'
import { el, outward } from '../elements.js'
import { marked } from '../marks.js'
import { count, plural, shortCommit } from '../wording.js'

export function releaseNotes(notes: ReleaseNotes | undefined): HTMLElement {
  const head = el('h2', { id: 'notes' }, 'Release notes')
  if (notes === undefined) return el('section', { 'aria-labelledby': 'notes' }, head, el('p.empty', {}, 'No comparison with the release before is recorded.'))
  return el('section', { 'aria-labelledby': 'notes' }, head,
    notes.backwards ? el('p.notice', {}, marked('warning', 'Goes back to older sources: what is listed was taken away.')) : undefined,
    migrations(notes),
    notes.pullRequests.length === 0 ? undefined : [el('h3', {}, plural(notes.pullRequests.length, 'pull request')), el('ul.changes', {}, notes.pullRequests.map(({ number, title, author, url }) => el('li', {}, outward(url, `#${number}`), ' ', title, ' ', el('span.quiet', {}, author))))],
    el('h3', {}, plural(notes.total, 'commit')),
    el('ul.changes', {}, notes.commits.map(({ sha, title, author, url }) => el('li', {}, outward(url, el('code', {}, shortCommit(sha))), ' ', title, ' ', el('span.quiet', {}, author)))),
    el('p', {}, notes.total > notes.commits.length ? `${count(notes.total - notes.commits.length)} more ${notes.total - notes.commits.length === 1 ? 'is' : 'are'} not listed here. ` : undefined, outward(notes.compareUrl, 'Compare')))
}

function migrations({ migrations: paths }: ReleaseNotes): HTMLElement {
  if (paths.length === 0) return el('p.quiet', {}, 'No changed file looks like a database migration.')
  return el('div.notice', {}, el('p', {}, marked('warning', `${plural(paths.length, 'changed file')} ${paths.length === 1 ? 'looks' : 'look'} like a database migration`)), el('ul.changes', {}, paths.map((path) => el('li', {}, el('code', {}, path)))))
}
