import type { ErrorCode } from '../../errors/catalogue.js'
import { RemoteError, messageOf } from '../../errors/families.js'
import type { HttpRequest } from '../../ports/http.js'
import { errnoOf } from '../errno.js'
import { shownLimit } from '../limit.js'
import { shownUrl } from './redaction.js'

/** Why an exchange gave no answer. */
export class NoAnswer extends Error {
  readonly kind: 'time-out' | 'abort' | 'too-long' | 'redirects' | 'switched'
  constructor(kind: NoAnswer['kind']) {
    super(kind)
    this.kind = kind
  }
}

const OBSERVED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ETIMEDOUT: 'the host did not react',
  ENOENT: 'the socket is not there',
  EACCES: 'access to the socket was refused',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by a trusted authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}

type Asked = Pick<HttpRequest, 'what' | 'method' | 'url' | 'timeoutMs' | 'maxBytes'>

/** A fault of the network as an error of ours; `mask` takes registered secrets out. */
export function remoteFault(request: Asked, thrown: unknown, mask: (text: string) => string): RemoteError {
  const address = shownUrl(request.url)
  const [code, observed] = reading(request, thrown)
  return new RemoteError(code, {
    message: mask(`Could not ${request.what}: \`${request.method} ${address}\` gave no answer: ${observed}.`),
    service: mask(hostOf(request.url)),
    operation: mask(request.what),
    cause: thrown,
  })
}

function reading(request: Asked, thrown: unknown): readonly [ErrorCode, string] {
  if (thrown instanceof NoAnswer) {
    if (thrown.kind === 'abort') return ['aborted', 'the run was cancelled']
    if (thrown.kind === 'time-out') return ['network-timeout', `none came within ${shownLimit(request.timeoutMs)}`]
    if (thrown.kind === 'too-long') return ['network-failed', `the body is longer than ${request.maxBytes ?? DEFAULT_BYTES} bytes`]
    if (thrown.kind === 'switched') return ['network-failed', 'the server switched to another protocol, which nobody had asked for']
    return ['network-failed', 'it was redirected too often']
  }
  // Several addresses were tried: the first one's fault stands for all.
  const errno = errnoOf(thrown instanceof AggregateError ? thrown.errors[0] : thrown)
  return ['network-failed', errno === undefined ? messageOf(thrown) : `${OBSERVED[errno] ?? messageOf(thrown)} (${errno})`]
}

export const DEFAULT_BYTES = 1024 * 1024

export function hostOf(url: string): string {
  try {
    return new URL(url).host
  } catch {
    return shownUrl(url)
  }
}
