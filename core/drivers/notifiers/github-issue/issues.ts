import type { IssueOptions } from '../../../domain/channels.js'
import type { Notice } from '../../../domain/notice.js'
import type { askingFor } from './ask.js'
import { commentText, issueText, markOf, titleOf } from './body.js'
import { belongs, decodeIssue, decodeNumber, isBot } from './decode.js'

const ISSUES = '/repos/{owner}/{repo}/issues'
const ISSUE = `${ISSUES}/{issue_number}`
/** Open issues that are looked through for one of ours; the ledger knows its number as a rule. */
const LOOKED_THROUGH = 300

/** Issues that tell of something. */
export interface Issues {
  /** The open one of the same thing. */
  readonly find: (notice: Notice) => Promise<number | undefined>
  readonly open: (notice: Notice) => Promise<number | undefined>
  /** Title and text, and what is beside them; `false`: it is gone. */
  readonly show: (number: number, notice: Notice, more?: Readonly<Record<string, unknown>>) => Promise<boolean>
  readonly comment: (number: number, notice: Notice) => Promise<void>
}

export function issuesBy({ ask, list }: ReturnType<typeof askingFor>, { labels, assignees }: IssueOptions): Issues {
  const find = async (notice: Notice): Promise<number | undefined> => {
    const mark = markOf(notice)
    const call = { what: `look for an open issue of \`${notice.key}\``, route: `GET ${ISSUES}`, parameters: { state: 'open', sort: 'created', direction: 'desc' } }
    for await (const issue of list(call, decodeIssue, LOOKED_THROUGH)) {
      // A stranger's with our mark in it is not ours.
      if (issue.pull_request === undefined && issue.body?.includes(mark) === true && (isBot(issue.user) || belongs(issue))) return issue.number
    }
    return undefined
  }
  const open = async (notice: Notice): Promise<number | undefined> => {
    const given = { title: titleOf(notice), body: issueText(notice), labels: [...labels], assignees: [...assignees] }
    const made = await ask({ what: `open an issue for \`${notice.key}\``, route: `POST ${ISSUES}`, parameters: given }, decodeNumber)
    return made?.number
  }
  const show = async (number: number, notice: Notice, more: Readonly<Record<string, unknown>> = {}): Promise<boolean> => {
    const parameters = { issue_number: number, title: titleOf(notice), body: issueText(notice), ...more }
    return (await ask({ what: `update issue #${number}`, route: `PATCH ${ISSUE}`, parameters }, decodeNumber)) !== undefined
  }
  const comment = async (number: number, notice: Notice): Promise<void> => {
    await ask({ what: `comment on issue #${number}`, route: `POST ${ISSUE}/comments`, parameters: { issue_number: number, body: commentText(notice) } }, () => true)
  }
  return { find, open, show, comment }
}
