import type { ErrorCode } from '../../../errors/catalogue.js'
import { EcluseError, FileError, messageOf, RemoteError } from '../../../errors/families.js'

/** What a request is for, in words that go into its errors. */
export interface Call {
  /** As "write `s3://shop-backups/a`". */
  readonly what: string
  /** The right it needs, as AWS names it. */
  readonly right: string
  /** Default: half a minute. */
  readonly timeoutMs?: number
}

/** What the library says about an answer that is a fault; no status: there was no answer. */
export interface Fault {
  readonly status: number | undefined
  readonly name: string
  readonly message: string
  readonly region: string | undefined
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused', ECONNRESET: 'the connection was reset', EPIPE: 'the connection was closed', ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name could not be looked up', ETIMEDOUT: 'no answer came in time', TimeoutError: 'no answer came in time', AbortError: 'no answer came in time',
  EHOSTUNREACH: 'there is no way to the host', ENETUNREACH: 'there is no way to the network', CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed', SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by a trusted authority', ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}
/** Stores refuse from a quarter of an hour on. */
const SKEWED_MS = 14 * 60_000
const FULL = /^(XMinioStorageFull|QuotaExceeded|StorageFull|InsufficientCapacity|NoSpaceLeft\w*)$/
const MISPLACED = /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|IncorrectEndpoint)$/
const STRANGER = /^(InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|TokenRefreshRequired|InvalidClientTokenId)$/

export function faultOf(thrown: unknown): Fault {
  const { name, status, code, region } = partsOf(thrown)
  return { status, name: code ?? name, message: messageOf(thrown), region }
}

/** May be over when it is asked again. */
export function isPassing({ status, name, message }: Fault): boolean {
  if (FULL.test(name)) return false
  if (status === undefined) return /^(E[A-Z]+|ERR_STREAM_PREMATURE_CLOSE|AbortError|TimeoutError)$/.test(name) || /socket hang up|aborted/.test(message)
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 507) || name === 'RequestTimeout' || name === 'OperationAborted' || name === 'ConditionalRequestConflict' || name === 'IncompleteBody'
}

/** Somebody else was first. */
export function isTaken({ status, name }: Fault): boolean {
  return status === 412 || name === 'PreconditionFailed'
}

export function isAbsent({ status, name }: Fault): boolean {
  return (status === 404 && name !== 'NoSuchBucket') || name === 'NoSuchKey' || name === 'NoSuchUpload'
}

/** Kept by object lock; what AWS answers to everybody who may not delete it. */
export function isLocked({ status, name, message }: Fault): boolean {
  return name === 'ObjectLocked' || ((status === 403 || status === 400) && /worm|object ?lock|retention|legal ?hold/i.test(message))
}

/** As an error of ours: the library's own one carries the whole request, which nobody should see. */
export function errorOf(call: Call, thrown: unknown, bucket: string, ahead = 0): EcluseError {
  if (thrown instanceof EcluseError) return thrown
  const fault = faultOf(thrown)
  const { status } = fault
  if (status === undefined && isBug(thrown)) throw thrown
  const said = (code: ErrorCode, observed: string, fix?: string): RemoteError => new RemoteError(code, {
    message: `Could not ${call.what}: ${observed}.`, service: bucket, operation: call.what, ...(status === undefined ? {} : { status }), ...(fix === undefined ? {} : { fix }),
  })
  if (status === undefined) return said('store-unreachable', NETWORK[fault.name] === undefined ? shortened(fault.message) : `${NETWORK[fault.name]} (${fault.name})`)
  const observed = `the store answered ${status}${fault.name === '' ? '' : ` ${fault.name}`}${worded(fault)}`
  // Not every answer has room for the name of the fault; every one has the store's time.
  if (fault.name === 'RequestTimeTooSkewed' || ((status === 400 || status === 403) && Math.abs(ahead) > SKEWED_MS)) {
    return said('clock-skewed', `the clock of this machine is ${Math.round(Math.abs(ahead) / 60_000)} min ${ahead > 0 ? 'behind' : 'ahead of'} that of the store`)
  }
  if (isTaken(fault)) return new FileError('file-exists', { message: `Could not ${call.what}: something is already there.`, path: bucket })
  if (FULL.test(fault.name) || status === 507) return new FileError('disk-full', { message: `Could not ${call.what}: ${observed}.`, path: bucket, fix: 'Make room in the store, or raise its quota.' })
  if (MISPLACED.test(fault.name) || status === 301) return said('store-unreachable', observed, `Set \`region\` of the store to that of the bucket${fault.region === undefined ? '' : `, \`${fault.region}\``}.`)
  if (isPassing(fault)) return said('store-unreachable', `${observed}, again and again`)
  return said('store-refused', observed, remedyOf(fault, call))
}

/** Not what the store or the network did. */
function isBug(thrown: unknown): boolean {
  return thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof ReferenceError
}

function remedyOf({ status, name }: Fault, { right }: Call): string {
  if (name === 'NoSuchBucket') return 'Make the bucket, or correct `bucket` of the store.'
  if (STRANGER.test(name)) return 'Check the key id and the key; a session that is over needs a new one.'
  if (name === 'InvalidObjectState') return 'Take a `storage-class` that can be read at once: a backup is read back to prove it.'
  return status === 401 || status === 403 ? `Grant \`${right}\` on the bucket and its objects to this key.` : `Correct what the store names; the request needs \`${right}\`.`
}

function worded({ message, name }: Fault): string {
  return message === '' || message === name || /^Unknown/.test(message) ? '' : `: ${shortened(message)}`
}

function shortened(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replace(/\.$/, '').slice(0, 160)
}

interface Parts {
  readonly name: string
  readonly status: number | undefined
  readonly code: string | undefined
  readonly region: string | undefined
}

function partsOf(thrown: unknown): Parts {
  const status = numberIn(memberOf(thrown, '$metadata'), 'httpStatusCode')
  // Several addresses were tried: the first one's fault stands for all.
  const errno = textIn(thrown instanceof AggregateError ? thrown.errors[0] : thrown, 'code') ?? /\b(E[A-Z]{4,})\b/.exec(messageOf(thrown))?.[1]
  const headers = memberOf(memberOf(thrown, '$response'), 'headers')
  return { name: textIn(thrown, 'name') ?? '', status, code: status === undefined ? errno : undefined, region: textIn(headers, 'x-amz-bucket-region') }
}

/** Also what is inherited, or kept from being listed. */
export function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function numberIn(value: unknown, key: string): number | undefined {
  const found = memberOf(value, key)
  return typeof found === 'number' ? found : undefined
}

export function textIn(value: unknown, key: string): string | undefined {
  const found = memberOf(value, key)
  return typeof found === 'string' ? found : undefined
}
