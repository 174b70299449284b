import type { Acknowledged } from '../../../domain/notice.js'
import type { Ask } from './ask.js'
import { OURS } from './body.js'
import { belongs, decodeComments, decodeIssue, isBot } from './decode.js'

const ISSUE = 'GET /repos/{owner}/{repo}/issues/{issue_number}'

/** Somebody of the repository took it on, closed it, or wrote a comment. `assignees`: those that we gave it to, which says nothing yet. */
export async function acknowledged(number: number, assignees: readonly string[], ask: Ask): Promise<Acknowledged | undefined> {
  const issue = await ask({ what: `read issue #${number}`, route: ISSUE, parameters: { issue_number: number } }, decodeIssue)
  if (issue === undefined) return undefined
  const taken = issue.assignees?.find(({ login }) => !assignees.some((one) => one.toLowerCase() === login.toLowerCase()))
  if (taken !== undefined) return { by: taken.login }
  if (issue.state === 'closed' && issue.closed_by !== undefined && !isBot(issue.closed_by)) return seen(issue.closed_by.login, issue.closed_at)
  const comments = await ask({ what: `read the comments on issue #${number}`, route: `${ISSUE}/comments`, parameters: { issue_number: number, per_page: 100 } }, decodeComments)
  const comment = comments?.find((one) => !isBot(one.user) && belongs(one) && one.body?.includes(OURS) !== true)
  return comment?.user === undefined ? undefined : seen(comment.user.login, comment.created_at)
}

function seen(by: string, at: string | undefined): Acknowledged {
  const found = Date.parse(at ?? '')
  return Number.isNaN(found) ? { by } : { by, at: found }
}
