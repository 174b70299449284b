import type * as Library from '@aws-sdk/client-s3'
import type { S3Options } from '../../../domain/backup.js'
import { RemoteError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Access } from './access.js'
import { errorOf, faultOf, isPassing, memberOf, textIn, type Call } from './faults.js'

export type Sdk = typeof Library

/** What a request is made with. */
export interface Reach {
  readonly sdk: Sdk
  readonly client: Library.S3Client
  readonly how: { readonly abortSignal: AbortSignal }
  /** Sent before without an answer that counts: it may have been carried out. */
  readonly again: boolean
}

/** A bucket, or a folder of it. */
export interface Wire {
  readonly bucket: string
  /** For people: `s3://bucket/prefix`. */
  readonly place: string
  readonly ambient: Ambient
  keyOf(name: string): string
  /** Sends until there is an answer that counts, or gives up with an error of ours. What `send` resolves to is an answer, whatever the store said. */
  call<T>(call: Call, send: (reach: Reach) => Promise<T>): Promise<T>
  /** As the store has it; `undefined` before its first answer. */
  storeNow(): number | undefined
  /** The same, which this signal ends as well. */
  until(signal: AbortSignal): Wire
  /** The same, for the way back: not cut by a cancel. */
  shielded(): Wire
}

const TIMEOUT_MS = 30_000
const CONNECT_MS = 10_000
const ATTEMPTS = 6
const SHIELD_MS = 60_000
/** Six attempts take about 10 s at most. */
const FIRST_PAUSE_MS = 200

interface Line {
  readonly open: () => Promise<{ readonly sdk: Sdk; readonly client: Library.S3Client }>
  ahead: number | undefined
}

export function openWire(options: Pick<S3Options, 'bucket' | 'prefix'>, access: Access, ambient: Ambient): Wire {
  let opened: ReturnType<Line['open']> | undefined
  const line: Line = { open: () => (opened ??= connect(access, ambient, (ahead) => { line.ahead = ahead })), ahead: undefined }
  return wireUnder(options, line, ambient)
}

function wireUnder(options: Pick<S3Options, 'bucket' | 'prefix'>, line: Line, ambient: Ambient): Wire {
  const { bucket, prefix } = options
  const below = prefix === '' ? '' : `${prefix}/`
  return {
    bucket, ambient,
    place: `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`,
    keyOf: (name) => `${below}${name}`,
    call: (call, send) => patiently(call, send, { bucket, line, ambient }),
    storeNow: () => (line.ahead === undefined ? undefined : ambient.clock.now() + line.ahead),
    until: (signal) => wireUnder(options, line, { ...ambient, signal: AbortSignal.any([ambient.signal, signal]) }),
    shielded: () => wireUnder(options, line, ambient.shielded(SHIELD_MS)),
  }
}

interface Surroundings {
  readonly bucket: string
  readonly line: Line
  readonly ambient: Ambient
}

async function patiently<T>(call: Call, send: (reach: Reach) => Promise<T>, { bucket, line, ambient }: Surroundings): Promise<T> {
  const { sdk, client } = await line.open()
  for (let attempt = 1; ; attempt += 1) {
    if (ambient.signal.aborted) throw cancelled(call, bucket)
    const limit = limited(ambient.signal, call.timeoutMs ?? TIMEOUT_MS)
    try {
      return await send({ sdk, client, how: { abortSignal: limit.signal }, again: attempt > 1 })
    } catch (thrown) {
      if (ambient.signal.aborted) throw cancelled(call, bucket)
      if (attempt >= ATTEMPTS || !isPassing(faultOf(thrown))) throw errorOf(call, thrown, bucket, line.ahead)
    } finally {
      limit.clear()
    }
    // Spread, so that many who were refused at once do not come back at once.
    await ambient.clock.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random()), ambient.signal)
  }
}

/** Aborts with the other signal, or after so long. */
export function limited(signal: AbortSignal, ms: number): { readonly signal: AbortSignal; clear(): void } {
  const own = new AbortController()
  const cut = (): void => own.abort()
  const timer = setTimeout(cut, ms)
  signal.addEventListener('abort', cut, { once: true })
  return {
    signal: own.signal,
    clear() {
      clearTimeout(timer)
      signal.removeEventListener('abort', cut)
    },
  }
}

function cancelled({ what }: Call, bucket: string): RemoteError {
  return new RemoteError('aborted', { message: `Could not ${what}: the run was cancelled.`, service: bucket, operation: what })
}

/**
 * The library signs and reads; it repeats nothing and waits for nothing by itself. Loaded with the first request. A clock that is far off
 * is told, not corrected in silence: receipts carry its time.
 */
async function connect(access: Access, ambient: Ambient, heard: (ahead: number) => void): Promise<{ readonly sdk: Sdk; readonly client: Library.S3Client }> {
  const sdk = await import('@aws-sdk/client-s3')
  const { region, endpoint, pathStyle, credentials } = access
  const client = new sdk.S3Client({
    region, credentials: { ...credentials }, forcePathStyle: pathStyle, ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 1, defaultsMode: 'standard', retryMode: 'standard',
    requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED',
    systemClockOffset: ambient.clock.now() - Date.now(),
    requestHandler: { connectionTimeout: CONNECT_MS, httpAgent: { keepAlive: true, maxSockets: 24 }, httpsAgent: { keepAlive: true, maxSockets: 24 } },
  })
  const hear = (response: unknown): void => {
    const date = Date.parse(textIn(memberOf(response, 'headers'), 'date') ?? '')
    if (!Number.isNaN(date)) heard(date - ambient.clock.now())
  }
  client.middlewareStack.add((next) => async (args) => {
    try {
      const result = await next(args)
      hear(result.response)
      return result
    } catch (thrown) {
      hear(memberOf(thrown, '$response'))
      throw thrown
    }
  }, { step: 'deserialize', name: 'hearDate' })
  ambient.atEnd?.(async () => client.destroy())
  return { sdk, client }
}
