import { list, number, object, optional, text, type Decoder } from '../../../domain/local-control/decode.js'
import type { NoDataCause } from '../../../domain/sample.js'
import { messageOf } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Answer } from '../../../ports/http.js'

export interface Access {
  /** `https://api.datadoghq.eu` */
  readonly api: string
  readonly apiKey: string
  readonly applicationKey: string
}

/** Why there is nothing to judge by. */
export interface Silence {
  readonly cause: NoDataCause
  readonly detail: string
  readonly fix?: string
  /** It asked to be left alone until then (epoch ms). */
  readonly until?: number
}

/** One series of one of the queries that were asked together. */
export interface Series {
  readonly query: number
  readonly tags: readonly string[]
  /** When each interval begins, and how much there was; an interval without a value is left out. */
  readonly points: readonly (readonly [at: number, value: number])[]
}

const ASK_MS = 10_000
const LARGEST = 8 * 1024 * 1024
/** Where it does not say when it will listen again. */
const PAUSE_MS = 60_000

type Point = readonly [number, number | undefined]
const point: Decoder<Point> = (value, at) => {
  if (!Array.isArray(value) || value.length !== 2) throw new TypeError(`\`${at}\` should be a time and a value`)
  const [time, amount]: readonly unknown[] = value
  return [number(time, at), amount === null ? undefined : number(amount, at)]
}
interface Told {
  readonly pointlist: readonly Point[]
  readonly tag_set: readonly string[]
  readonly query_index: number
  readonly interval: number
}
const decodeAnswer = object<{ readonly status: string; readonly error: string | undefined; readonly series: readonly Told[] | undefined }>({
  status: text, error: optional(text),
  series: optional(list(object<Told>({ pointlist: list(point), tag_set: list(text), query_index: number, interval: number }))),
})
const decodeFault = object<{ readonly errors: readonly string[] | undefined }>({ errors: optional(list(text)) })

/** What queries had in intervals of `seconds`. Everything that is no answer to them is a silence with its cause; nothing is thrown but an abort. */
export async function asked(access: Access, queries: readonly string[], span: { readonly from: number; readonly to: number; readonly seconds: number }, ambient: Ambient): Promise<readonly Series[] | Silence> {
  const { host } = new URL(access.api)
  const parameters = new URLSearchParams({ from: String(Math.floor(span.from / 1000)), to: String(Math.ceil(span.to / 1000)), query: queries.join(',') })
  try {
    const answer = await ambient.http.request({
      what: 'ask Datadog', method: 'GET', url: `${access.api.replace(/\/+$/, '')}/api/v1/query?${parameters.toString()}`, timeoutMs: ASK_MS, maxBytes: LARGEST,
      headers: { accept: 'application/json', 'dd-api-key': access.apiKey, 'dd-application-key': access.applicationKey },
    })
    return answer.status === 200 ? understood(host, answer.body, span.seconds) : refused(host, answer, ambient.clock.now())
  } catch (thrown) {
    ambient.signal.throwIfAborted()
    return { cause: 'unreachable', detail: messageOf(thrown) }
  }
}

function understood(host: string, body: string, seconds: number): readonly Series[] | Silence {
  try {
    const { status, error, series = [] } = decodeAnswer(JSON.parse(body), 'answer')
    if (status !== 'ok') return { cause: 'malformed', detail: `${host} answered: ${shortened(error ?? status)}`, fix: 'Correct the metrics and tags that the message names.' }
    const other = series.find(({ interval }) => interval !== seconds)
    if (other !== undefined) return { cause: 'malformed', detail: `${host} answered in steps of ${other.interval} s, not of ${seconds} s` }
    return series.map(({ query_index: query, tag_set: tags, pointlist }) => ({ query, tags, points: pointlist.flatMap(([at, value]) => (value === undefined ? [] : [[at, value] as const])) }))
  } catch (thrown) {
    return { cause: 'malformed', detail: `${host} answered with what is no answer of Datadog: ${messageOf(thrown)}` }
  }
}

function refused(host: string, { status, headers, body }: Answer, now: number): Silence {
  const said = saidIn(body)
  if (status === 401) return { cause: 'unreachable', detail: `${host} does not accept the keys (401${said})`, fix: 'Check `api-key` and `application-key`, and that they are of this `site`.' }
  if (status === 403) {
    return { cause: 'unreachable', detail: `${host} refuses the keys (403${said})`, fix: 'Give the application key the scope `timeseries_query`, and its owner the permission of that name; check that both keys are of this `site`.' }
  }
  if (status === 429) {
    const seconds = Number(headers['x-ratelimit-reset'])
    const pause = seconds > 0 ? seconds * 1000 : PAUSE_MS
    return { cause: 'unreachable', detail: `${host} was asked too often (429): ${headers['x-ratelimit-limit'] ?? 'its'} requests in ${headers['x-ratelimit-period'] ?? 'a'} s are used up by all of the organization, for ${Math.round(pause / 1000)} s yet`, until: now + pause }
  }
  return status >= 500 ? { cause: 'unreachable', detail: `${host} answered ${status}${said}` } : { cause: 'malformed', detail: `${host} answered ${status}${said}`, fix: 'Correct the metrics and tags that the message names.' }
}

function saidIn(body: string): string {
  try {
    const { errors = [] } = decodeFault(JSON.parse(body), 'answer')
    return errors.length === 0 ? '' : `: ${shortened(errors.join('; '))}`
  } catch {
    // A page of somebody in between.
    return ''
  }
}

function shortened(words: string): string {
  return words.replaceAll(/\s+/g, ' ').trim().slice(0, 300)
}
