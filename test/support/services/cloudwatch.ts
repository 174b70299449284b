/**
 * CloudWatch as far as an Application Load Balancer is concerned: GetMetricData over `AWS/ApplicationELB`, in the wire form of the vendor's own client, which speaks to it.
 * As AWS documents the metrics: RequestCount whenever requests came, the others only where they are not zero.
 */
import type { GetMetricDataInput, GetMetricDataOutput, MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch'
import { startWeb, Unknown, type Asked, type Reply, type Web } from './web.js'

const MINUTE = 60_000

interface Counts {
  requests: number
  errors: number
  refused: number
  /** Seconds. */
  times: number[]
}

export interface FakeCloudWatch extends Web {
  /** Key id → what it may do. */
  readonly keys: Map<string, 'all' | 'nothing'>
  /** Adds to the minute that `at` falls into. `times`: response times in seconds; without them the balancer measured none. */
  count(group: string, at: number, more: Partial<Counts>): void
  /** Nothing was ever counted of it. */
  forget(group: string): void
  /** Answers in pages of so many points. */
  pageSize: number
  /** What a statistic gives in the place of its value; `undefined`: no point at all. */
  spoil?: ((statistic: string) => number | undefined) | undefined
  /** Status of every result. */
  state: 'Complete' | 'PartialData' | 'InternalError' | 'Forbidden'
}

const fault = (status: number, type: string, message: string): Reply => ({ status, body: { __type: `com.amazonaws.cloudwatch#${type}`, message }, headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'fake' } })
export const throttled = fault(400, 'ThrottlingException', 'Rate exceeded')
export const unwell = fault(500, 'InternalServiceFault', 'The service is not well')
export const expired = fault(403, 'ExpiredTokenException', 'The security token included in the request is expired')

export async function startCloudWatch(loadBalancer: string, region: string): Promise<FakeCloudWatch> {
  const groups = new Map<string, Map<number, Counts>>()
  const keys = new Map<string, 'all' | 'nothing'>([['AKIDFAKE', 'all']])
  const points = (query: MetricDataQuery, from: number, to: number): readonly (readonly [number, number])[] => {
    const stat = query.MetricStat
    if (stat?.Metric?.Namespace !== 'AWS/ApplicationELB' || stat.Period !== 60 || stat.Stat === undefined) throw new Unknown(`query ${JSON.stringify(query)}`)
    const dimensions = Object.fromEntries((stat.Metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]))
    if (Object.keys(dimensions).toSorted().join() !== 'LoadBalancer,TargetGroup') throw new Unknown(`dimensions ${JSON.stringify(dimensions)}`)
    if (dimensions['LoadBalancer'] !== loadBalancer) return []
    const { MetricName: metric = '' } = stat.Metric
    return [...(groups.get(dimensions['TargetGroup'] ?? '') ?? new Map<number, Counts>()).entries()]
      .filter(([at]) => at >= from && at < to).toSorted(([a], [b]) => a - b)
      .flatMap(([at, counts]) => {
        const honest = valueOf(metric, stat.Stat!, counts)
        const value = honest === undefined || fake.spoil === undefined ? honest : fake.spoil(stat.Stat!)
        return value === undefined ? [] : [[at, value] as const]
      })
  }
  const answer = (asked: Asked): Reply => {
    if (asked.method !== 'POST' || asked.url.pathname !== '/' || asked.headers['x-amz-target'] !== 'GraniteServiceVersion20100801.GetMetricData') throw new Unknown(String(asked.headers['x-amz-target']))
    const signed = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/monitoring\/aws4_request, SignedHeaders=\S+, Signature=[0-9a-f]{64}$/.exec(asked.headers.authorization ?? '')
    if (signed === null) return fault(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token')
    if (signed[2] !== region) return fault(403, 'SignatureDoesNotMatch', `Credential should be scoped to a valid region, not '${signed[2]}'.`)
    const right = keys.get(signed[1]!)
    if (right === undefined) return fault(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.')
    if (right === 'nothing') return fault(403, 'AccessDeniedException', 'User: arn:aws:iam::123456789012:user/ci is not authorized to perform: cloudwatch:GetMetricData')
    const { MetricDataQueries: queries = [], StartTime, EndTime, ScanBy, NextToken, ...rest } = JSON.parse(asked.body) as Omit<GetMetricDataInput, 'StartTime' | 'EndTime'> & { readonly StartTime: number; readonly EndTime: number }
    if (Object.keys(rest).length > 0 || ScanBy !== 'TimestampAscending') throw new Unknown(`parameters ${Object.keys(rest).join()} ${ScanBy}`)
    if (queries.length === 0 || queries.some(({ Id = '' }) => !/^[a-z][a-zA-Z0-9_]*$/.test(Id)) || EndTime <= StartTime) return fault(400, 'ValidationError', 'The parameters are not valid.')
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: page(queries, { from: StartTime * 1000, to: EndTime * 1000, skip: Number(NextToken ?? 0) }) }
  }
  /** Points are handed out query by query, so many a page. */
  const page = (queries: readonly MetricDataQuery[], { from, to, skip }: { readonly from: number; readonly to: number; readonly skip: number }): object => {
    let index = 0
    const results = queries.map((query): Omit<MetricDataResult, 'Timestamps'> & { readonly Timestamps: number[] } => {
      const mine = points(query, from, to).filter(() => {
        index += 1
        return index > skip && index <= skip + fake.pageSize
      })
      return { Id: query.Id, Label: query.MetricStat?.Metric?.MetricName, Timestamps: mine.map(([at]) => at / 1000), Values: mine.map(([, value]) => value), StatusCode: fake.state }
    })
    const more = index > skip + fake.pageSize
    const output: Omit<GetMetricDataOutput, 'MetricDataResults' | '$metadata'> = { Messages: [], ...(more ? { NextToken: String(skip + fake.pageSize) } : {}) }
    return { ...output, MetricDataResults: results.map((one) => (more ? { ...one, StatusCode: 'PartialData' } : one)) }
  }
  const web = await startWeb(answer)
  const fake: FakeCloudWatch = Object.assign(web, {
    keys, pageSize: 100_800, state: 'Complete' as const,
    count(group: string, at: number, { requests = 0, errors = 0, refused = 0, times = [] }: Partial<Counts>) {
      const minutes = groups.get(group) ?? new Map<number, Counts>()
      groups.set(group, minutes)
      const minute = Math.floor(at / MINUTE) * MINUTE
      const before = minutes.get(minute) ?? { requests: 0, errors: 0, refused: 0, times: [] }
      minutes.set(minute, { requests: before.requests + requests, errors: before.errors + errors, refused: before.refused + refused, times: [...before.times, ...times] })
    },
    forget: (group: string) => void groups.delete(group),
  })
  return fake
}

function valueOf(metric: string, statistic: string, { requests, errors, refused, times }: Counts): number | undefined {
  const sums: Readonly<Record<string, number>> = { RequestCount: requests, HTTPCode_Target_5XX_Count: errors, TargetConnectionErrorCount: refused }
  const sum = sums[metric]
  if (sum !== undefined) {
    if (statistic !== 'Sum') throw new Unknown(`${statistic} of ${metric}`)
    return sum === 0 && metric !== 'RequestCount' ? undefined : sum
  }
  if (metric !== 'TargetResponseTime') throw new Unknown(`metric ${metric}`)
  if (times.length === 0) return undefined
  if (statistic === 'SampleCount') return times.length
  const rank = /^PR\(:(\d+(?:\.\d{1,10})?)\)$/.exec(statistic)
  if (rank === null) throw new Unknown(`${statistic} of ${metric}`)
  return (times.filter((time) => time <= Number(rank[1])).length / times.length) * 100
}
