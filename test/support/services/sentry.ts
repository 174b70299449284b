/** Sentry's lists of events and issues of an organization, with the scopes that its own source asks for. */
import { startWeb, Unknown, type Asked, type Reply, type Web } from './web.js'

export interface FakeSentry extends Web {
  /** Token → its scopes. */
  readonly tokens: Map<string, readonly string[]>
  readonly errors: { readonly release: string; readonly at: number; readonly project?: number; readonly environment?: string }[]
  readonly issues: { readonly release: string; readonly firstSeen: number; readonly feedback?: boolean }[]
}

export const TOKEN = 'planted-sentry-token'
const PAGE = 100

export async function startSentry(organization = 'shop'): Promise<FakeSentry> {
  const tokens = new Map<string, readonly string[]>([[TOKEN, ['org:read', 'event:read']]])
  const may = (asked: Asked, scope: string): Reply | undefined => {
    const scopes = tokens.get(/^Bearer (.+)$/.exec(asked.headers.authorization ?? '')?.[1] ?? '')
    if (scopes === undefined) return { status: 401, body: { detail: 'Invalid token' } }
    return scopes.includes(scope) ? undefined : { status: 403, body: { detail: 'You do not have permission to perform this action.' } }
  }
  const answer = (asked: Asked): Reply => {
    const [, org, what] = /^\/api\/0\/organizations\/([^/]+)\/(events|issues)\/$/.exec(asked.url.pathname) ?? []
    if (asked.method !== 'GET' || what === undefined) throw new Unknown('path')
    if (org !== organization) return { status: 404, body: { detail: 'The requested resource does not exist' } }
    return may(asked, what === 'events' ? 'org:read' : 'event:read') ?? (what === 'events' ? events(asked.url.searchParams) : issues(asked.url.searchParams))
  }
  const span = (given: URLSearchParams): readonly [number, number] => {
    const [start, end] = [given.get('start') ?? '', given.get('end') ?? '']
    if (![start, end].every((one) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(one)) || start >= end) throw new Unknown(`times ${start} ${end}`)
    return [Date.parse(`${start}Z`), Date.parse(`${end}Z`)]
  }
  const events = (given: URLSearchParams): Reply => {
    const [start, end] = span(given)
    const release = /^event\.type:error release:"((?:[^"\\]|\\.)*)"$/.exec(given.get('query') ?? '')?.[1]
    if (release === undefined || given.get('field') !== 'count()') throw new Unknown(`query ${given.get('query')}`)
    const [project, environment] = [Number(given.get('project')), given.get('environment')]
    const found = fake.errors.filter((one) => one.release === release && one.at >= start && one.at < end && (project === -1 || one.project === project) && (environment === null || one.environment === environment))
    return { status: 200, body: { data: [{ 'count()': found.length }], meta: { fields: { 'count()': 'integer' } } } }
  }
  const issues = (given: URLSearchParams): Reply => {
    span(given)
    const query = given.get('query') ?? ''
    const [, feedback, release] = /^(?:(issue\.category:feedback) release|firstRelease):"((?:[^"\\]|\\.)*)"$/.exec(query) ?? []
    if (release === undefined || given.get('sort') !== 'new' || given.get('limit') !== String(PAGE)) throw new Unknown(`query ${query}`)
    const skip = Number(given.get('cursor')?.split(':')[1] ?? 0)
    const found = fake.issues.filter((one) => one.release === release && (one.feedback === true) === (feedback !== undefined)).toSorted((a, b) => b.firstSeen - a.firstSeen)
    const page = found.slice(skip, skip + PAGE)
    const link = (rel: string, at: number, more: boolean): string => `<https://sentry.io/api/0/x/?cursor=0:${at}:0>; rel="${rel}"; results="${more}"; cursor="0:${at}:0"`
    return {
      status: 200, headers: { link: `${link('previous', 0, false)}, ${link('next', skip + PAGE, found.length > skip + PAGE)}` },
      body: page.map(({ firstSeen }, index) => ({ id: String(skip + index), title: 'TypeError', firstSeen: new Date(firstSeen).toISOString(), lastSeen: new Date(firstSeen).toISOString(), count: '3' })),
    }
  }
  const fake: FakeSentry = Object.assign(await startWeb(answer), { tokens, errors: [], issues: [] })
  return fake
}
