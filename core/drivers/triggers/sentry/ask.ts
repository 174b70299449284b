import { object, optional, text } from '../../../domain/local-control/decode.js'
import { RemoteError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Answer } from '../../../ports/http.js'

export interface Question {
  readonly what: string
  /** Below `/api/0/organizations/{organization}/`. */
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
  /** The scope that a token needs for it. */
  readonly scope: string
}

export interface SentryAccess {
  readonly url: string
  readonly organization: string
  readonly token: string
}

const ASK_MS = 10_000
/** Where it does not say when it will listen again. */
const PAUSE_MS = 60_000

const decodeFault = object<{ readonly detail: string | undefined }>({ detail: optional(text) })

/** Rejects with `RemoteError` for everything that is no answer to the question; none is asked again by itself. */
export async function askSentry(access: SentryAccess, question: Question, ambient: Ambient): Promise<Answer> {
  const base = `${access.url.replace(/\/+$/, '')}/api/0/organizations/${encodeURIComponent(access.organization)}/`
  const answer = await ambient.http.request({
    what: question.what, method: 'GET', url: `${base}${question.path}?${new URLSearchParams(question.parameters).toString()}`, timeoutMs: ASK_MS, maxBytes: 8 * 1024 * 1024,
    headers: { authorization: `Bearer ${access.token}`, accept: 'application/json' },
  })
  if (answer.status === 200) return answer
  throw refused(access, question, answer, ambient.clock.now())
}

function refused(access: SentryAccess, { what, scope }: Question, { status, headers, body }: Answer, now: number): RemoteError {
  const service = new URL(access.url).host
  const fault = (observed: string, fix: string, retryAfterMs?: number): RemoteError => new RemoteError('trigger-unusable', {
    message: `Could not ${what}: ${observed}.`, fix, service, operation: what, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
  const said = saidIn(body)
  if (status === 401) return fault(`${service} does not accept the token (401)`, 'Make a token in Sentry and give it as `token`, by `${env:NAME}`.')
  if (status === 403) return fault(`the token may not (403${said})`, `Give the token the scope \`${scope}\`, and access to the project.`)
  if (status === 404) return fault(`${service} does not know the organization \`${access.organization}\`, or the token may not see it (404)`, 'Correct `organization`, or `url` where the organization is kept elsewhere, such as https://de.sentry.io.')
  if (status === 429) return fault(`${service} was asked too often (429)`, 'Wait; it is asked again when it allows it.', pauseOf(headers, now))
  return fault(`${service} answered ${status}${said}`, 'Correct what Sentry names; the query is in the docs of this trigger.')
}

function saidIn(body: string): string {
  try {
    const { detail } = decodeFault(JSON.parse(body), 'answer')
    return detail === undefined ? '' : `: "${detail.slice(0, 200)}"`
  } catch {
    return ''
  }
}

function pauseOf(headers: Readonly<Record<string, string>>, now: number): number {
  const after = Number(headers['retry-after'])
  if (after > 0) return after * 1000
  const reset = Number(headers['x-sentry-rate-limit-reset'])
  return reset > 0 ? Math.max(1000, reset * 1000 - now) : PAUSE_MS
}
