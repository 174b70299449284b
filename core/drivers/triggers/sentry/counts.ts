import { list, number, object, text } from '../../../domain/local-control/decode.js'
import type { Suspect } from '../../../domain/trigger.js'
import type { ComplaintSentry } from '../../../domain/complaints.js'
import type { Ambient } from '../../../ports/ambient.js'
import { askSentry, type Question } from './ask.js'

const PAGE = 100
const PAGES = 10

const decodeRows = object<{ readonly data: readonly { readonly 'count()': number }[] }>({ data: list(object<{ readonly 'count()': number }>({ 'count()': number })) })
const decodeIssues = list(object<{ readonly id: string; readonly firstSeen: string }>({ id: text, firstSeen: text }))

/** In Sentry's language of queries, taken literally. */
function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

const whole = (at: number): string => new Date(at).toISOString().slice(0, 19)

/** How many there are since `since`; counted no further than one more than `enough`. */
export async function countIn(given: ComplaintSentry, { version, since }: Pick<Suspect, 'version' | 'since'>, enough: number, ambient: Ambient): Promise<number> {
  const release = given.release.replaceAll('{version}', version)
  const around = {
    project: String(given.project ?? -1), ...(given.environment === undefined ? {} : { environment: given.environment }),
    // Whole seconds; an interval without length is refused.
    start: whole(since), end: whole(Math.max(ambient.clock.now(), since) + 1000),
  }
  if (given.count === 'errors') {
    const { body } = await askSentry(given, {
      what: `count the errors of release ${release} in Sentry`, path: 'events/', scope: 'org:read',
      parameters: { field: 'count()', query: `event.type:error release:${quoted(release)}`, per_page: '1', ...around },
    }, ambient)
    return decodeRows(JSON.parse(body), 'answer').data.reduce((sum, row) => sum + row['count()'], 0)
  }
  const which = given.count === 'feedback' ? `issue.category:feedback release:${quoted(release)}` : `firstRelease:${quoted(release)}`
  const what = `count the ${given.count === 'feedback' ? 'feedback on' : 'new issues of'} release ${release} in Sentry`
  return countIssues(given, { what, path: 'issues/', scope: 'event:read', parameters: { query: which, sort: 'new', limit: String(PAGE), ...around } }, { since, enough }, ambient)
}

async function countIssues(given: ComplaintSentry, question: Question, { since, enough }: { readonly since: number; readonly enough: number }, ambient: Ambient): Promise<number> {
  const from = Date.parse(`${whole(since)}Z`)
  let found = 0
  let cursor: string | undefined
  for (let page = 0; page < PAGES && found <= enough; page += 1) {
    const parameters = { ...question.parameters, ...(cursor === undefined ? {} : { cursor }) }
    const { body, headers } = await askSentry(given, { ...question, parameters }, ambient)
    // The times of the question are of events; what began before the release had users is none of its own.
    found += decodeIssues(JSON.parse(body), 'issues').filter(({ firstSeen }) => Date.parse(firstSeen) >= from).length
    cursor = nextOf(headers['link'])
    if (cursor === undefined) break
  }
  return found
}

/** Sentry always names a next page, and says whether anything is on it. */
function nextOf(link: string | undefined): string | undefined {
  const next = link?.split(/,\s*(?=<)/).find((part) => part.includes('rel="next"') && part.includes('results="true"'))
  return next === undefined ? undefined : /cursor="([^"]+)"/.exec(next)?.[1]
}
