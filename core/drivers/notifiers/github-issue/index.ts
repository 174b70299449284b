import type { IssueOptions } from '../../../domain/channels.js'
import type { Notice, ThreadRef } from '../../../domain/notice.js'
import { isTrouble } from '../../../domain/notice-text.js'
import type { GitHub } from '../../../ports/github.js'
import type { Notifier } from '../../../ports/notifier.js'
import { acknowledged } from './acknowledged.js'
import { askingFor } from './ask.js'
import { issuesBy } from './issues.js'

const TELL_MS = 10_000

/** One issue for each thing that is trouble: opened, kept up to date, commented, closed when it is over. */
export function issueNotifier(options: IssueOptions, github: GitHub, limitMs = TELL_MS): Notifier {
  const asking = askingFor(github, limitMs)
  const { find, open, show, comment } = issuesBy(asking, options)
  const post = async (notice: Notice): Promise<ThreadRef> => {
    if (!isTrouble(notice)) return {}
    const known = await find(notice)
    return known !== undefined && (await show(known, notice)) ? placeOf(known) : placeOf(await open(notice))
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
      return number === undefined ? undefined : acknowledged(number, options.assignees, asking.ask)
    },
  }
}

function placeOf(number: number | undefined): ThreadRef {
  return number === undefined ? {} : { issue: String(number) }
}

function numberIn({ issue }: ThreadRef): number | undefined {
  return issue === undefined || !/^\d+$/.test(issue) ? undefined : Number(issue)
}
