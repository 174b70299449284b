import type { Answer } from '../domain/identity.js'

export type { Answer } from '../domain/identity.js'

export interface HttpRequest {
  /** What we are doing, for error messages. */
  readonly what: string
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
  /** Asks again on 408, 429, 5xx and network faults, at most so often; for calls that may be repeated. Default 0. */
  readonly retries?: number
  /** Follow redirects. Default false. */
  readonly follow?: boolean
  /** Speak over a Unix socket instead of the URL's host. */
  readonly socketPath?: string
  /** An answer with a longer body rejects. Default 1 MiB. */
  readonly maxBytes?: number
  /** PEM certificates of authorities that an https server may be vouched for by, in the place of those that everybody trusts. */
  readonly ca?: string
}

export interface Certificate {
  readonly subject: string
  readonly issuer: string
  readonly validTo: number
}

export interface Http {
  /** Any status is an answer. Rejects with `RemoteError` when there is none (refused, time-out, abort). */
  request(request: HttpRequest): Promise<Answer>
  /** The certificate that an https address presents, trusted or not. */
  certificate(url: string, timeoutMs: number): Promise<Certificate>
}
