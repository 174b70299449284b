import { decodeText, flag, object, optional, text, type Decoder } from '../../../domain/local-control/decode.js'
import { foreign, noAnswer, statusFault, unaccepted, unreached, type Exchange } from '../../../errors/channel-faults.js'
import type { RemoteError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'

export interface Workspace {
  readonly api: string
  readonly token: string
  /** As the configuration names it. */
  readonly channel: string
  readonly limitMs: number
}

export interface SlackCall {
  readonly method: string
  /** "post to". */
  readonly doing: string
  /** Methods that read take forms, and would not see what is in JSON. */
  readonly form?: boolean
  readonly given: Readonly<Record<string, unknown>>
  /** Errors of Slack that are an answer, such as `message_not_found`. */
  readonly accept?: readonly string[]
}

interface Head {
  readonly ok: boolean
  readonly error?: string
  readonly needed?: string
  readonly provided?: string
}

const decodeHead = object<Head>({ ok: flag, error: optional(text), needed: optional(text), provided: optional(text) })
/** Faults of Slack's own, which come with status 200. */
const PASSING = new Set(['fatal_error', 'internal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org', 'external_channel_migrating'])
const NEW_TOKEN = "Put the app's `Bot User OAuth Token` (`xoxb-…`) into the secret that `token` names."
const JOIN = 'Invite the app into the channel (`/invite @its-name`), or grant it `chat:write.public` for public ones.'
const FIXES: Readonly<Record<string, string>> = {
  not_in_channel: JOIN,
  channel_not_found: `Correct \`channel\`. A private channel is only seen from within: ${JOIN}`,
  is_archived: 'Name another `channel`: this one is archived.',
  invalid_auth: NEW_TOKEN, not_authed: NEW_TOKEN, token_revoked: NEW_TOKEN, token_expired: NEW_TOKEN, account_inactive: NEW_TOKEN,
  not_allowed_token_type: NEW_TOKEN,
}

/** One method of the Web API. What it answers is decoded; an accepted error is its word. */
export async function call<T>({ api, token, channel, limitMs }: Workspace, { method, doing, form = false, given, accept = [] }: SlackCall, decode: Decoder<T>, ambient: Ambient): Promise<T | string> {
  const exchange: Exchange = { service: 'Slack', operation: `${doing} \`${channel}\` of Slack`, secrets: [token] }
  const body = form ? new URLSearchParams(Object.entries(given).map(([name, value]): [string, string] => [name, String(value)])).toString() : JSON.stringify(given)
  const answer = await ambient.http
    .request({
      what: exchange.operation, method: 'POST', url: `${api.replace(/\/+$/, '')}/${method}`, timeoutMs: limitMs, body,
      headers: { authorization: `Bearer ${token}`, 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8' },
    })
    .catch((thrown: unknown) => {
      throw noAnswer(exchange, thrown)
    })
  if (answer.status !== 200) throw statusFault(exchange, answer, ambient.clock.now(), { 404: 'Correct `api` of the channel.' })
  let head: Head
  try {
    head = decodeText(decodeHead, answer.body, 'answer')
    if (head.ok) return decodeText(decode, answer.body, 'answer')
  } catch {
    throw foreign(exchange, answer)
  }
  const { error = 'unknown_error' } = head
  if (accept.includes(error)) return error
  throw refusal(exchange, error, head)
}

function refusal(exchange: Exchange, error: string, { needed, provided }: Head): RemoteError {
  if (PASSING.has(error)) return unreached(exchange, { status: 200, observed: `it answered \`${error}\`` })
  if (error === 'missing_scope') {
    const has = provided === undefined ? '' : `; the token has \`${provided}\``
    return unaccepted(exchange, { status: 200, observed: `the app lacks the scope \`${needed ?? 'unknown'}\`${has}`, fix: `Add \`${needed ?? 'the scope'}\` under OAuth & Permissions of the app, and install it into the workspace again.` })
  }
  const fix = FIXES[error]
  return unaccepted(exchange, { status: 200, observed: `it answered \`${error}\``, ...(fix === undefined ? {} : { fix }) })
}
