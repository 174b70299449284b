/** Datadog's `/api/v1/query`, as its documentation and its own clients describe the answers; it knows the form of queries that are asked here and no other. */
import { startWeb, Unknown, type Asked, type Reply, type Web } from './web.js'

interface Submitted {
  readonly metric: string
  readonly tags: readonly string[]
  readonly at: number
  /** A count, or the durations of a distribution. */
  readonly value: number | readonly number[]
}

export interface FakeDatadog extends Web {
  /** Application key → its scopes. */
  readonly keys: Map<string, readonly string[]>
  submit(one: Submitted): void
  /** Takes away what carries this tag. */
  forget(tag: string): void
  /** The answer is in steps of so many seconds, whatever was asked for. */
  step?: number | undefined
  /** Steps without a value are in the answer, as null. */
  nulls: boolean
}

export const API_KEY = 'planted-api-key'
export const APPLICATION_KEY = 'planted-application-key'

const AGGREGATE = String.raw`sum|count\(v: v>=?[0-9.]+\)`
const QUERY = new RegExp(String.raw`^(${AGGREGATE}):([A-Za-z][\w.]*)\{([^{}]+)\} by \{([\w-]+)\}\.as_count\(\)\.rollup\(sum, (\d+)\)$`)

export const limited = (reset: number): Reply => ({ status: 429, body: { errors: ['Rate limit of 1600 requests in 3600 seconds reached. Please try again later.'] }, headers: { 'x-ratelimit-limit': '1600', 'x-ratelimit-period': '3600', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) } })

export async function startDatadog(): Promise<FakeDatadog> {
  const all: Submitted[] = []
  const keys = new Map<string, readonly string[]>([[APPLICATION_KEY, ['timeseries_query']]])
  const answer = ({ method, url, headers }: Asked): Reply => {
    if (method !== 'GET' || url.pathname !== '/api/v1/query') throw new Unknown(url.pathname)
    if (headers['dd-api-key'] !== API_KEY) return { status: 403, body: { errors: ['Forbidden'] } }
    if (keys.get(String(headers['dd-application-key']))?.includes('timeseries_query') !== true) return { status: 403, body: { errors: ['Forbidden', 'Failed permission authorization checks'] } }
    const [from, to, query] = ['from', 'to', 'query'].map((name) => url.searchParams.get(name) ?? '')
    if ([...url.searchParams.keys()].length !== 3 || !/^\d+$/.test(from!) || !/^\d+$/.test(to!)) throw new Unknown(url.search)
    const queries = query!.split(new RegExp(`,(?=(?:${AGGREGATE}):)`))
    const series = queries.flatMap((one, index) => seriesOf(one, index, { from: Number(from) * 1000, to: Number(to) * 1000 }))
    return { status: 200, headers: { 'x-ratelimit-remaining': '1500' }, body: { status: 'ok', res_type: 'time_series', resp_version: 1, query, from_date: Number(from) * 1000, to_date: Number(to) * 1000, series, values: [], times: [], message: '', group_by: [] } }
  }
  const seriesOf = (query: string, index: number, { from, to }: { readonly from: number; readonly to: number }): readonly object[] => {
    const [, aggregate = '', metric = '', filter = '', tag = '', seconds = ''] = QUERY.exec(query) ?? []
    if (aggregate === '') throw new Unknown(`query ${query}`)
    const wanted = filter === '*' ? [] : filter.split(',')
    const step = (fake.step ?? Number(seconds)) * 1000
    const mine = all.filter((one) => one.metric === metric && one.at >= from && one.at <= to && wanted.every((each) => one.tags.includes(each)))
    const groupOf = ({ tags }: Submitted): string => tags.find((one) => one.startsWith(`${tag}:`)) ?? `${tag}:N/A`
    return [...new Set(mine.map(groupOf))].flatMap((group) => {
      const some = mine.filter((one) => groupOf(one) === group)
      const points = new Map<number, number | null>()
      if (fake.nulls) for (let at = Math.ceil(from / step) * step; at <= to; at += step) points.set(at, null)
      for (const { at, value } of some) {
        const amount = amountOf(aggregate, value)
        const begins = Math.floor(at / step) * step
        if (amount > 0 || aggregate === 'sum') points.set(begins, (points.get(begins) ?? 0) + amount)
      }
      // A threshold that nothing reached has no series at all.
      if ([...points.values()].every((value) => value === null)) return []
      return [{
        metric, display_name: metric, aggr: 'sum', expression: query, scope: [...wanted, group].join(','), tag_set: [group], query_index: index, interval: step / 1000, length: points.size,
        start: from, end: to, unit: [null, null], pointlist: [...points].toSorted(([a], [b]) => a - b),
      }]
    })
  }
  const web = await startWeb(answer)
  const fake: FakeDatadog = Object.assign(web, {
    keys, nulls: false,
    submit: (one: Submitted) => void all.push(one),
    forget: (tag: string) => void all.splice(0, all.length, ...all.filter(({ tags }) => !tags.includes(tag))),
  })
  return fake
}

function amountOf(aggregate: string, value: Submitted['value']): number {
  if (typeof value === 'number') return aggregate === 'sum' ? value : 0
  const [, sign = '', limit = ''] = /v(>=?)([0-9.]+)\)$/.exec(aggregate) ?? []
  return value.filter((one) => (sign === '>' ? one > Number(limit) : one >= Number(limit))).length
}
