import { list, number, object, optional, record, text, type Decoder } from '../../../domain/local-control/decode.js'
import { secretsInAccess } from '../../../domain/metrics-choice.js'
import type { NoDataCause } from '../../../domain/sample.js'
import { hide } from '../../../errors/channel-faults.js'
import { messageOf } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'

/** How a server is reached. */
export interface Access {
  /** `https://prometheus.example`, with a path where it is served below one. */
  readonly url: string
  readonly basic?: { readonly user: string; readonly password: string }
  readonly bearer?: string
  /** PEM certificates of who vouches for it, in the place of those that everybody trusts. */
  readonly ca?: string
  /** For servers with several tenants: `x-scope-orgid`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Why there is nothing to judge by. */
export interface Silence {
  readonly cause: NoDataCause
  readonly detail: string
  readonly fix?: string
  /** Of the raw answer, where one came. */
  readonly sha256?: string
}

/** One series at one moment. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Answered {
  readonly series: readonly Series[]
  /** The server's own time of the answer, epoch ms. */
  readonly at: number
  /** Of the raw answer. */
  readonly sha256: string
}

/** A server that is well answers such questions in milliseconds. */
const ASK_MS = 5000
/** Thousands of series. */
const LARGEST = 16 * 1024 * 1024

type Point = readonly [number, string]
const point: Decoder<Point> = (value, at) => {
  if (!Array.isArray(value) || value.length !== 2) throw new TypeError(`\`${at}\` should be a time and a value`)
  return [number(value[0], at), text(value[1], at)]
}
const decodeVector = object<{ readonly status: string; readonly data: { readonly resultType: string; readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: Point }[] } }>({
  status: text,
  data: object<{ readonly resultType: string; readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: Point }[] }>({
    resultType: text,
    result: list(object<{ readonly metric: Readonly<Record<string, string>>; readonly value: Point }>({ metric: record(text), value: point })),
  }),
})
const decodeFault = object<{ readonly error: string | undefined; readonly errorType: string | undefined }>({ error: optional(text), errorType: optional(text) })

/** What an expression is now. Everything that is no answer to it is a silence with its cause; nothing is thrown but an abort. */
export async function asked(access: Access, expression: string, ambient: Ambient, timeoutMs = ASK_MS): Promise<Answered | Silence> {
  const server = new URL(access.url).origin
  try {
    const { status, body } = await ambient.http.request({
      what: 'ask Prometheus', method: 'POST', url: `${access.url.replace(/\/+$/, '')}/api/v1/query`, timeoutMs, maxBytes: LARGEST, retries: 0,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...access.headers, ...authorization(access) },
      body: new URLSearchParams({ query: expression }).toString(), ...(access.ca === undefined ? {} : { ca: access.ca }),
    })
    const heard = status === 200 ? understood(server, body) : refused(access, server, status, body)
    return { ...heard, sha256: ambient.files.sha256(body) }
  } catch (thrown) {
    ambient.signal.throwIfAborted()
    return { cause: 'unreachable', detail: messageOf(thrown) }
  }
}

const decodeKinds = object<{ readonly data: Readonly<Record<string, readonly { readonly type: string }[]>> }>({ data: record(list(object<{ readonly type: string }>({ type: text }))) })

/** What applications say that a metric is: `counter`, `gauge`, …; nothing where the server does not say. Nothing is thrown but an abort. */
export async function kindsOf(access: Access, metric: string, ambient: Ambient): Promise<readonly string[]> {
  try {
    const { status, body } = await ambient.http.request({
      what: 'ask Prometheus', method: 'GET', url: `${access.url.replace(/\/+$/, '')}/api/v1/metadata?${new URLSearchParams({ metric }).toString()}`, timeoutMs: ASK_MS, maxBytes: LARGEST, retries: 0,
      headers: { accept: 'application/json', ...access.headers, ...authorization(access) }, ...(access.ca === undefined ? {} : { ca: access.ca }),
    })
    return status === 200 ? (decodeKinds(JSON.parse(body), 'answer').data[metric] ?? []).map(({ type }) => type) : []
  } catch {
    ambient.signal.throwIfAborted()
    return []
  }
}

function authorization({ basic, bearer }: Access): Readonly<Record<string, string>> {
  if (bearer !== undefined) return { authorization: `Bearer ${bearer}` }
  return basic === undefined ? {} : { authorization: `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}` }
}

/** A server, or what stands before it, may repeat what it was sent. */
function secretsOf(access: Access): readonly string[] {
  return [...secretsInAccess(access), ...Object.values(authorization(access)).map((value) => value.replace(/^\w+ /, ''))]
}

function understood(server: string, body: string): Omit<Answered, 'sha256'> | Silence {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    return { cause: 'malformed', detail: `${server} answered with ${body.length} characters that are no JSON`, fix: 'See what answers at `url`: a page to sign in at, or a proxy that knows no such path?' }
  }
  try {
    const { data } = decodeVector(answer, 'answer')
    if (data.resultType !== 'vector') return { cause: 'malformed', detail: `${server} answered with a ${data.resultType}, not with series` }
    const [first] = data.result
    return {
      at: first === undefined ? Number.NaN : first.value[0] * 1000,
      series: data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) })),
    }
  } catch (thrown) {
    return { cause: 'malformed', detail: `${server} answered with what is no answer of Prometheus: ${messageOf(thrown)}` }
  }
}

function refused(access: Access, server: string, status: number, body: string): Silence {
  const { basic, bearer } = access
  if (status === 401 || status === 403) {
    const whom = bearer === undefined ? basic && `the user \`${basic.user}\` with that password` : 'the token'
    if (whom === undefined) return { cause: 'unreachable', detail: `${server} wants to know who asks (status ${status})`, fix: 'Set `basic` or `bearer` of the source.' }
    return { cause: 'unreachable', detail: `${server} refuses ${whom} (status ${status})`, fix: `Check \`${bearer === undefined ? 'basic' : 'bearer'}\` of the source, and what may be read with it.` }
  }
  let why: { readonly error: string | undefined; readonly errorType: string | undefined } = { error: undefined, errorType: undefined }
  try {
    why = decodeFault(JSON.parse(body), 'answer')
  } catch {
    // A page of somebody in between.
  }
  const said = why.error === undefined ? '' : `: ${hide(why.error.split('\n', 1)[0]!, secretsOf(access)).slice(0, 300)}`
  return { cause: why.errorType === 'bad_data' ? 'malformed' : 'unreachable', detail: `${server} answered ${status}${said}` }
}
