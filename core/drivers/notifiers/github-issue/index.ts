import type { IssueOptions } from '../../../domain/channels.js'
import type { Notice, ThreadRef } from '../../../domain/notice.js'
import { isTrouble } from '../../../domain/notice-text.js'
import type { GitHub } from '../../../ports/github.js'
import type { Notifier } from '../../../ports/notifier.js'
import { acknowledged } from './acknowledged.js'
import { askingFor } from './ask.js'
import { commentText, issueText, markOf, titleOf } from './body.js'
import { belongs, decodeIssue, decodeNumber, isBot } from './decode.js'

const TELL_MS = 10_000
const ISSUES = '/repos/{owner}/{repo}/issues'
const ISSUE = `${ISSUES}/{issue_number}`
/** Open issues that are looked through for one of ours; the ledger knows its number as a rule. */
const LOOKED_THROUGH = 300

/** One issue for each thing that is trouble: opened, kept up to date, commented, closed when it is over. */
export function issueNotifier({ labels, assignees }: IssueOptions, github: GitHub, limitMs = TELL_MS): Notifier {
  const { ask, list } = askingFor(github, limitMs)
  const find = async (notice: Notice): Promise<number | undefined> => {
    const mark = markOf(notice)
    const call = { what: `look for an open issue of \`${notice.key}\``, route: `GET ${ISSUES}`, parameters: { state: 'open', sort: 'created', direction: 'desc' } }
    for await (const issue of list(call, decodeIssue, LOOKED_THROUGH)) {
      // A stranger's with our mark in it is not ours.
      if (issue.pull_request === undefined && issue.body?.includes(mark) === true && (isBot(issue.user) || belongs(issue))) return issue.number
    }
    return undefined
  }
  const open = async (notice: Notice): Promise<ThreadRef> => {
    const given = { title: titleOf(notice), body: issueText(notice), labels: [...labels], assignees: [...assignees] }
    const made = await ask({ what: `open an issue for \`${notice.key}\``, route: `POST ${ISSUES}`, parameters: given }, decodeNumber)
    return made === undefined ? {} : placeOf(made.number)
  }
  /** `false`: it is gone. */
  const show = async (number: number, notice: Notice, more: Readonly<Record<string, unknown>> = {}): Promise<boolean> => {
    const parameters = { issue_number: number, title: titleOf(notice), body: issueText(notice), ...more }
    return (await ask({ what: `update issue #${number}`, route: `PATCH ${ISSUE}`, parameters }, decodeNumber)) !== undefined
  }
  const comment = async (number: number, notice: Notice): Promise<void> => {
    await ask({ what: `comment on issue #${number}`, route: `POST ${ISSUE}/comments`, parameters: { issue_number: number, body: commentText(notice) } }, () => true)
  }

  const post = async (notice: Notice): Promise<ThreadRef> => {
    if (!isTrouble(notice)) return {}
    const known = await find(notice)
    return known !== undefined && (await show(known, notice)) ? placeOf(known) : open(notice)
  }
  const close = async (thread: ThreadRef, notice: Notice): Promise<void> => {
    const number = numberIn(thread)
    if (number !== undefined && (await show(number, notice, { state: 'closed', state_reason: 'completed' }))) await comment(number, notice)
  }
  const update = async (thread: ThreadRef, notice: Notice): Promise<ThreadRef> => {
    const number = numberIn(thread)
    if (number === undefined) return post(notice)
    if (notice.state !== 'succeeded') return (await show(number, notice)) ? thread : post(notice)
    await close(thread, notice)
    return {}
  }

  return {
    name: 'github-issue', powers: { edits: true, threads: true, acknowledges: true }, post, update, close,
    async reply(thread, notice) {
      const number = numberIn(thread)
      if (number !== undefined) await comment(number, notice)
    },
    async acknowledged(thread) {
      const number = numberIn(thread)
      return number === undefined ? undefined : acknowledged(number, assignees, ask)
    },
  }
}

function placeOf(number: number): ThreadRef {
  return { issue: String(number) }
}

function numberIn({ issue }: ThreadRef): number | undefined {
  return issue === undefined || !/^\d+$/.test(issue) ? undefined : Number(issue)
}
