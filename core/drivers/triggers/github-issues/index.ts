import { complaintsFound, momentOf, type ComplaintIssues } from '../../../domain/complaints.js'
import { list, number, object, text, type Decoder } from '../../../domain/local-control/decode.js'
import { EcluseError, InputError, mayPass, messageOf } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { GitHub } from '../../../ports/github.js'
import type { Trigger } from '../../../ports/trigger.js'

export interface IssuesGiven extends ComplaintIssues {
  readonly moreThan: number
}

/** An unchanged list costs nothing of the allowance; a changed one is one request. */
const EVERY_MS = 30_000
const PAGE = 100
/** Nobody bears thousands of complaints. */
const PAGES = 10

interface Issue {
  readonly number: number
  readonly created_at: string
  /** A pull request is an issue to GitHub, and no complaint. */
  readonly pull_request: boolean
}
const there: Decoder<boolean> = (value) => value !== undefined && value !== null
const decodePage = list(object<Issue>({ number, created_at: text, pull_request: there }))

/** Issues with a label that were opened since the release got its first traffic. */
export function issueComplaints({ label, moreThan }: IssuesGiven, github: GitHub, ambient: Ambient): Trigger {
  const page = async (since: number, index: number): Promise<readonly Issue[]> => {
    const { data } = await github.look({
      what: `count the issues labelled \`${label}\``, route: 'GET /repos/{owner}/{repo}/issues', permission: 'issues: read',
      // Newest first; `since` is of the last change, so it leaves out no issue that was opened later.
      parameters: { labels: label, state: 'all', sort: 'created', direction: 'desc', since: new Date(since).toISOString(), per_page: PAGE, page: index },
    })
    return decodePage(data, 'issues')
  }
  const count = async (since: number): Promise<number> => {
    // GitHub writes whole seconds.
    const from = Math.floor(since / 1000) * 1000
    let found = 0
    for (let index = 1; index <= PAGES && found <= moreThan; index += 1) {
      const issues = await page(from, index)
      found += issues.filter((issue) => !issue.pull_request && Date.parse(issue.created_at) >= from).length
      if (issues.length < PAGE) break
    }
    return found
  }
  return {
    name: 'user-complaints',
    everyMs: EVERY_MS,
    preflight: async () => {
      try {
        // A label that is not there would be on no issue, and this would never fire.
        await github.call({ what: `look for the label \`${label}\``, route: 'GET /repos/{owner}/{repo}/labels/{name}', parameters: { name: label }, permission: 'issues: read' })
        await page(ambient.clock.now(), 1)
      } catch (thrown) {
        ambient.signal.throwIfAborted()
        const fix = thrown instanceof EcluseError ? { fix: thrown.code === 'github-missing' ? `Make the label \`${label}\` in the repository, or name another as \`label\`.` : thrown.fix } : {}
        throw new InputError([{ code: 'trigger-unusable', message: `Complaints of users can't be counted: ${messageOf(thrown)}`, ...fix }], { passing: mayPass(thrown) })
      }
    },
    look: async ({ since }) => {
      try {
        const found = await count(since)
        return complaintsFound(found, moreThan, `${found} ${found === 1 ? 'issue' : 'issues'} labelled \`${label}\` opened since ${momentOf(since)}`)
      } catch (thrown) {
        ambient.signal.throwIfAborted()
        return { kind: 'no-data', detail: messageOf(thrown) }
      }
    },
  }
}
