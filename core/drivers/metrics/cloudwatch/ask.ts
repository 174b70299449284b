import type * as Library from '@aws-sdk/client-cloudwatch'
import type { Amount } from '../../../domain/closed-intervals.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Access } from './access.js'
import { shortened, silenceOf, type Silence } from './faults.js'
import type { Question } from './questions.js'

type Sdk = typeof Library

/** The amounts that were asked for, by the names of the questions; nothing is thrown but an abort. */
export interface Wire {
  ask(questions: readonly Question[], from: number, to: number): Promise<readonly Amount[] | Silence>
}

/** One look, with all its pages. */
const ASK_MS = 10_000
const CONNECT_MS = 5000
/** A page holds 100 800 points; days of both arms fit into one. */
const PAGES = 5
export const MINUTE_MS = 60_000
/** Counted from so long before the run began: what serves now must have been heard of. */
export const LOOK_BACK_MS = 10 * MINUTE_MS

/** The library signs and reads; it repeats nothing and waits for nothing by itself. Loaded with the first question. */
export function openWire(access: Access, ambient: Ambient): Wire {
  let opened: Promise<{ readonly sdk: Sdk; readonly client: Library.CloudWatchClient }> | undefined
  return {
    async ask(questions, from, to) {
      const { sdk, client } = await (opened ??= connect(access, ambient))
      const limit = AbortSignal.any([ambient.signal, AbortSignal.timeout(ASK_MS)])
      const amounts: Amount[] = []
      let token: string | undefined
      for (let page = 0; page < PAGES; page += 1) {
        const input = { MetricDataQueries: queriesOf(questions), StartTime: new Date(from), EndTime: new Date(to), ScanBy: 'TimestampAscending' as const, ...(token === undefined ? {} : { NextToken: token }) }
        let answer: Library.GetMetricDataCommandOutput
        try {
          answer = await client.send(new sdk.GetMetricDataCommand(input), { abortSignal: limit })
        } catch (thrown) {
          ambient.signal.throwIfAborted()
          return silenceOf(thrown, access.region)
        }
        const found = amountsIn(answer, questions, access.region)
        if ('cause' in found) return found
        amounts.push(...found.amounts)
        token = answer.NextToken
        if (token === undefined || token === '') return found.whole ? amounts : { cause: 'unreachable', detail: `CloudWatch in ${access.region} gave only a part of the data`, passing: true }
      }
      return { cause: 'malformed', detail: `CloudWatch in ${access.region} did not come to an end after ${PAGES} pages` }
    },
  }
}

async function connect({ region, endpoint, credentials }: Access, ambient: Ambient): Promise<{ readonly sdk: Sdk; readonly client: Library.CloudWatchClient }> {
  const sdk = await import('@aws-sdk/client-cloudwatch')
  const client = new sdk.CloudWatchClient({
    region, credentials: { ...credentials }, ...(endpoint === undefined ? {} : { endpoint }), maxAttempts: 1, defaultsMode: 'standard', retryMode: 'standard',
    requestHandler: { connectionTimeout: CONNECT_MS, httpAgent: { keepAlive: true, maxSockets: 2 }, httpsAgent: { keepAlive: true, maxSockets: 2 } },
  })
  ambient.atEnd?.(async () => client.destroy())
  return { sdk, client }
}

function queriesOf(questions: readonly Question[]): Library.MetricDataQuery[] {
  return questions.map(({ metric, statistic, dimensions }, index) => ({
    Id: `q${index}`, ReturnData: true,
    MetricStat: {
      Metric: { Namespace: 'AWS/ApplicationELB', MetricName: metric, Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })) },
      Period: MINUTE_MS / 1000, Stat: statistic,
    },
  }))
}

/** `whole`: nothing is missing of what this page ends. */
function amountsIn({ MetricDataResults: results = [], Messages: notes = [] }: Library.GetMetricDataCommandOutput, questions: readonly Question[], region: string): { readonly amounts: readonly Amount[]; readonly whole: boolean } | Silence {
  const failed = results.find(({ StatusCode: status }) => status === 'InternalError' || status === 'Forbidden')
  if (failed !== undefined) {
    const said = [...(failed.Messages ?? []), ...notes].map(({ Value: text = '' }) => shortened(text)).find((text) => text !== '')
    const forbidden = failed.StatusCode === 'Forbidden'
    return { cause: 'unreachable', detail: `CloudWatch in ${region} gave no data (${failed.StatusCode ?? ''}${said === undefined ? '' : `: ${said}`})`, ...(forbidden ? { fix: 'Grant `cloudwatch:GetMetricData` to this key.' } : { passing: true }) }
  }
  const amounts: Amount[] = []
  for (const { Id: id, Timestamps: times = [], Values: values = [] } of results) {
    const question = questions.find((_, index) => id === `q${index}`)
    if (question === undefined || times.length !== values.length) return { cause: 'malformed', detail: `CloudWatch in ${region} answered what was not asked: ${id ?? 'no name'}` }
    for (const [index, time] of times.entries()) amounts.push({ series: question.series, at: time.getTime(), amount: values[index]! })
  }
  return { amounts, whole: results.every(({ StatusCode: status }) => status !== 'PartialData') }
}
