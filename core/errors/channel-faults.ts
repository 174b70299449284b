import { messageOf, RemoteError } from './families.js'

/** One exchange with a channel that people read, as errors name it. */
export interface Exchange {
  /** `Slack`, `smtp.example:587`. */
  readonly service: string
  /** "post to `#deploys` of Slack". */
  readonly operation: string
  /** In no text of ours: tokens, passwords, addresses that are all it takes to post. */
  readonly secrets: readonly string[]
}

interface Seen {
  readonly observed: string
  readonly status?: number
  readonly retryAfterMs?: number
  readonly fix?: string
}

interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const LONGEST_QUOTE = 160

/** It may pass by itself: no answer, a fault of its own, a limit. */
export function unreached(exchange: Exchange, seen: Seen): RemoteError {
  return faultOf('channel-unreachable', exchange, seen)
}

/** It will be the same tomorrow, unless somebody does what the message says. */
export function unaccepted(exchange: Exchange, seen: Seen): RemoteError {
  return faultOf('channel-refused', exchange, seen)
}

/** What `http` rejected with. Its own error is not kept as a cause: that one names the address, which may be a secret. */
export function noAnswer(exchange: Exchange, thrown: unknown): RemoteError {
  if (!(thrown instanceof RemoteError)) throw thrown
  const message = hide(messageOf(thrown), exchange.secrets)
  return new RemoteError(thrown.code === 'aborted' ? 'aborted' : 'channel-unreachable', { message, service: exchange.service, operation: exchange.operation })
}

/** A status that is no acceptance; `fixes` says what to do about some of them. `now`: epoch ms. */
export function statusFault(exchange: Exchange, { status, headers, body }: Answered, now: number, fixes: Readonly<Record<number, string>> = {}): RemoteError {
  const retryAfterMs = patience(headers['retry-after'], now)
  const said = quoted(body, exchange)
  const fix = fixes[status]
  const seen: Seen = {
    status, observed: `it answered ${status}${said === '' ? '' : `: "${said}"`}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }), ...(fix === undefined ? {} : { fix }),
  }
  return status === 408 || status === 429 || status >= 500 ? unreached(exchange, seen) : unaccepted(exchange, seen)
}

/** An answer of somebody in between: a proxy, a page to log in. */
export function foreign(exchange: Exchange, { status, body }: Answered): RemoteError {
  return unreached(exchange, { status, observed: `it answered ${status} with what is no answer of it: "${quoted(body, exchange)}"`, fix: 'Check its address, and what stands between: a proxy, a page to log in.' })
}

/** `Retry-After` in ms. */
export function patience(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** Longest first, so that a secret that holds another is hidden whole. */
export function hide(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== '').toSorted((a, b) => b.length - a.length).reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
}

function faultOf(code: 'channel-unreachable' | 'channel-refused', { service, operation, secrets }: Exchange, { observed, status, retryAfterMs, fix }: Seen): RemoteError {
  return new RemoteError(code, {
    service, operation, message: `Could not ${operation}: ${hide(observed, secrets)}.`,
    ...(status === undefined ? {} : { status }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }), ...(fix === undefined ? {} : { fix }),
  })
}

/** Hidden first and cut then: half a secret would not be found any more. */
function quoted(body: string, { secrets }: Exchange): string {
  const line = hide(body, secrets).slice(0, 4096).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ').trim()
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE - 1)}…` : line
}
