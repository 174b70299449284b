import type { ChecksRequest } from '../../core/delivery/checks.js'
import type { Environment } from '../../core/domain/environment.js'
import { InputError, type Problem } from '../../core/errors/families.js'

/** What the inputs say of this one run. */
export interface SmokeInputs {
  readonly environment?: string | undefined
  readonly version?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly within: number
  readonly 'retry-every': number
  readonly concurrency: number
  readonly junit?: string | undefined
  readonly 'integration-within': number
}

export interface SmokeRequest {
  readonly environment: Environment
  readonly checks: ChecksRequest
  readonly junit?: string
  readonly integrationWithinMs: number
}

/** What is to be tested, from inputs and configuration. Rejects with one `InputError` that names everything missing. */
export function smokeRequest(given: SmokeInputs, environment: Environment): SmokeRequest {
  const { url, identity, checks, degraded } = environment
  const { version, headers = {} } = given
  const problems: Problem[] = []
  if (url === undefined) problems.push({ code: 'input-missing', message: 'Nothing says where to look. Set the input `url`, or `url` of the environment in the configuration.' })
  if (version !== undefined && identity === undefined) {
    problems.push({ code: 'input-missing', message: `Version "${version}" should be served, and nothing says how an answer names its release. Set the input \`identity\`, or \`identity\` in the configuration.` })
  }
  const [first, ...rest] = problems
  if (first !== undefined) throw new InputError([first, ...rest])
  return {
    environment,
    checks: {
      url: url ?? '',
      checks,
      ...(identity === undefined ? {} : { identity }),
      ...(version === undefined ? {} : { version }),
      headers,
      withinMs: given.within,
      retryEveryMs: given['retry-every'],
      concurrency: given.concurrency,
      degraded,
      hide: secretsIn(headers, checks),
    },
    ...(given.junit === undefined ? {} : { junit: given.junit }),
    integrationWithinMs: given['integration-within'],
  }
}

const SECRET_NAME = /auth|cookie|token|key|secret|session/i

/**
 * A server may echo what it was sent: values of the input `headers` are shown nowhere, nor what follows a word such as
 * `Bearer` in them; of a check's own headers those whose name says so.
 */
function secretsIn(headers: Readonly<Record<string, string>>, checks: Environment['checks']): readonly string[] {
  const own = checks.flatMap((check) => Object.entries(check.headers)).filter(([name]) => SECRET_NAME.test(name)).map(([, value]) => value)
  const values = [...Object.values(headers), ...own].flatMap((value) => [value, ...value.split(/\s+/).slice(1)])
  // The longest first, so that no part of a value stays behind.
  return values.filter((value) => value.length >= 4).toSorted((a, b) => b.length - a.length)
}
