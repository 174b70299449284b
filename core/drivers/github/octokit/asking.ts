import type { Octokit } from '@octokit/rest'
import { RemoteError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { GitHubAccess, GitHubAnswer, GitHubCall } from '../../../ports/github.js'
import { reaching, type Sending } from './client.js'
import { limited, messageIn, refusal } from './faults.js'
import { isLimited, limitedFor, pauseAfter } from './limits.js'

const TIMEOUT_MS = 15_000
const MOST_ATTEMPTS = 4
/** In total for one call. */
const MOST_PATIENCE_MS = 60_000
/** Nothing has left this machine. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

export interface Asker {
  readonly access: GitHubAccess
  readonly ambient: Ambient
  readonly client: () => Promise<Octokit>
  /** Hears of every answer, also of those that are asked again. */
  readonly heard: (answer: GitHubAnswer) => void
  /** The server's time. */
  readonly now: () => number
}

/** Asks until there is an answer that the caller can use, or a reason to give up. */
export async function ask(asker: Asker, call: GitHubCall, headers: Readonly<Record<string, string>> = {}): Promise<GitHubAnswer> {
  const method = call.route.split(' ')[0] ?? 'GET'
  const repeatable = call.repeatable ?? method !== 'POST'
  let left = MOST_PATIENCE_MS
  let perhapsDone = false
  for (let attempt = 0; ; attempt += 1) {
    const last = attempt + 1 >= MOST_ATTEMPTS
    const got = await attemptOf(asker, call, headers)
    if (got instanceof RemoteError) {
      if (last || got.code === 'aborted' || (!repeatable && !neverSent(got))) throw got
      perhapsDone ||= !neverSent(got)
    } else {
      const heard = { status: got.status, headers: got.headers, message: got.status >= 400 ? messageIn(got.data) : '' }
      // Refused for a limit, it has not been carried out: a POST, too, may be sent again.
      if (isLimited(heard)) {
        const wait = limitedFor(heard, asker.now(), attempt)
        if (last || wait > left) throw limited(call, heard, asker.now() + wait, asker.access)
        left -= wait
        await asker.ambient.clock.sleep(wait, asker.ambient.signal)
        continue
      }
      if (isAnswer(call, got.status, headers) || (perhapsDone && method === 'DELETE' && got.status === 404)) return got
      if (last || !repeatable || !isPassing(got.status)) throw refusal(call, heard, asker.access)
      perhapsDone = true
    }
    const pause = pauseAfter(got instanceof RemoteError ? {} : got.headers, asker.now(), attempt, Math.random())
    if (pause > left) throw got instanceof RemoteError ? got : refusal(call, { ...got, message: messageIn(got.data) }, asker.access)
    left -= pause
    await asker.ambient.clock.sleep(pause, asker.ambient.signal)
  }
}

function isAnswer(call: GitHubCall, status: number, headers: Readonly<Record<string, string>>): boolean {
  return (status >= 200 && status < 300) || (call.accept ?? []).includes(status) || (status === 304 && headers['if-none-match'] !== undefined)
}

function isPassing(status: number): boolean {
  return status >= 500 || status === 408
}

function neverSent({ cause }: RemoteError): boolean {
  // Several addresses were tried: the first one's fault stands for all.
  const first: unknown = typeof cause === 'object' && cause !== null && 'errors' in cause && Array.isArray(cause.errors) ? cause.errors[0] : cause
  return typeof first === 'object' && first !== null && 'code' in first && typeof first.code === 'string' && NOT_SENT.has(first.code)
}

/** One request: its answer whatever its status, or why there was none. */
async function attemptOf(asker: Asker, call: GitHubCall, extra: Readonly<Record<string, string>>): Promise<GitHubAnswer | RemoteError> {
  const { access, ambient } = asker
  const client = await asker.client()
  const [owner = '', repo = ''] = access.repository.split('/')
  const sending: Sending = { what: call.what, timeoutMs: call.timeoutMs ?? TIMEOUT_MS }
  const { headers: asked, ...parameters } = { headers: {}, ...call.parameters }
  try {
    const answer = await client.request(call.route, {
      // Where the path has no place for them, they would become part of the query.
      ...(call.route.includes('{owner}') ? { owner, repo } : {}), ...parameters, headers: { 'x-github-api-version': '2022-11-28', ...(typeof asked === 'object' ? asked : {}), ...extra }, request: { fetch: reaching(ambient.http, sending) },
    })
    return heardFrom(asker, answer)
  } catch (thrown) {
    const { response, cause } = partsOf(thrown)
    if (response !== undefined) return heardFrom(asker, response)
    if (cause instanceof RemoteError) return cause
    throw thrown
  }
}

interface Received {
  readonly status: number
  readonly data: unknown
  readonly headers: Readonly<Record<string, string | number | undefined>>
}

function heardFrom(asker: Asker, { status, data, headers }: Received): GitHubAnswer {
  const answer = {
    status, data: data === '' ? undefined : data,
    headers: Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))),
  }
  asker.heard(answer)
  return answer
}

/** What the library's own error carries: the answer that it did not like, or what kept one from coming. */
function partsOf(thrown: unknown): { readonly response?: Received; readonly cause?: unknown } {
  if (typeof thrown !== 'object' || thrown === null) return {}
  if ('response' in thrown && isReceived(thrown.response)) return { response: thrown.response }
  return 'cause' in thrown ? { cause: thrown.cause } : {}
}

function isReceived(value: unknown): value is Received {
  return typeof value === 'object' && value !== null && 'status' in value && typeof value.status === 'number' && 'headers' in value && 'data' in value
}
