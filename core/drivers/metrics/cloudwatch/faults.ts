import type { NoDataCause } from '../../../domain/sample.js'
import { messageOf } from '../../../errors/families.js'

/** Why there is nothing to judge by. */
export interface Silence {
  readonly cause: NoDataCause
  readonly detail: string
  readonly fix?: string
  /** May be over when it is asked again. */
  readonly passing?: boolean
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused', ECONNRESET: 'the connection was reset', ENOTFOUND: 'the name is not known', EAI_AGAIN: 'the name could not be looked up',
  ETIMEDOUT: 'no answer came in time', TimeoutError: 'no answer came in time', AbortError: 'no answer came in time',
}
const STRANGER = /^(UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken|InvalidSignature|MissingAuthenticationToken|IncompleteSignature)/
const DENIED = /^(AccessDenied|NotAuthorized|UnauthorizedOperation)/
const LIMITED = /^(Throttl|LimitExceeded|RequestLimitExceeded|TooManyRequests)/

/** A fault of a request in our words; the library's own one carries the whole request, which nobody should see. */
export function silenceOf(thrown: unknown, region: string): Silence {
  const name = textIn(thrown, 'name') ?? ''
  const status = numberIn(memberOf(thrown, '$metadata'), 'httpStatusCode')
  if (status === undefined) {
    // Several addresses were tried: the first one's fault stands for all.
    const code = textIn(thrown instanceof AggregateError ? thrown.errors[0] : thrown, 'code') ?? /\b(E[A-Z]{4,})\b/.exec(messageOf(thrown))?.[1] ?? name
    return { cause: 'unreachable', detail: `CloudWatch in ${region} gave no answer: ${NETWORK[code] ?? shortened(messageOf(thrown))}${NETWORK[code] === undefined ? '' : ` (${code})`}`, passing: true }
  }
  if (name === 'SyntaxError' || status < 400) return { cause: status < 500 ? 'malformed' : 'unreachable', detail: `CloudWatch in ${region} answered ${status} with what is no answer of CloudWatch: somebody in between?`, passing: true }
  const said = shortened(messageOf(thrown))
  const detail = `CloudWatch in ${region} answered ${status} ${name}${said === '' || said === name ? '' : `: ${said}`}`
  if (DENIED.test(name)) return { cause: 'unreachable', detail, fix: 'Grant `cloudwatch:GetMetricData` to this key, on all resources: it can not be narrowed down.' }
  if (STRANGER.test(name)) return { cause: 'unreachable', detail, fix: 'Check the key id and the key, and the clock of this machine; a session that is over needs a new one.' }
  if (LIMITED.test(name) || status === 429) return { cause: 'unreachable', detail: `${detail} (asked too often, by all who ask in this account)`, passing: true }
  if (status >= 500) return { cause: 'unreachable', detail, passing: true }
  return { cause: 'malformed', detail, fix: 'Correct what CloudWatch names.' }
}

export function shortened(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, 200)
}

/** Also what is inherited, or kept from being listed. */
function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function numberIn(value: unknown, key: string): number | undefined {
  const found = memberOf(value, key)
  return typeof found === 'number' ? found : undefined
}

function textIn(value: unknown, key: string): string | undefined {
  const found = memberOf(value, key)
  return typeof found === 'string' ? found : undefined
}
