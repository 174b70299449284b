import { Readable } from 'node:stream'
import { FileError, RemoteError } from '../../../errors/families.js'
import { errorOf, faultOf, isAbsent, isPassing, type Call } from './faults.js'
import type { Wire } from './wire.js'

/** A stream that gives nothing for so long while we wait is broken. */
const SILENT_MS = 60_000
/** Without a byte in between. */
const MOST_BREAKS = 6
const FIRST_PAUSE_MS = 200

interface Place {
  readonly name: string
  readonly call: Call
  /** Of the object that the first byte came from: the rest comes from the same one. */
  etag: string | undefined
  versionId: string | undefined
  /** Bytes of it; unknown before the first answer. */
  bytes: number | undefined
  at: number
}

/** The bytes of an object; where the connection breaks it goes on, with the same object. */
export async function* reading(wire: Wire, name: string): AsyncGenerator<Uint8Array> {
  const { signal, clock } = wire.ambient
  const place: Place = { name, call: { what: `read \`${wire.place}/${name}\``, right: 's3:GetObject' }, etag: undefined, versionId: undefined, bytes: undefined, at: 0 }
  for (let breaks = 0; ;) {
    const before = place.at
    const body = await opened(wire, place)
    const cut = (): void => void body.destroy()
    signal.addEventListener('abort', cut, { once: true })
    try {
      yield* arriving(body, place)
      if (place.at === place.bytes) return
      throw Object.assign(new Error('the stream ended early'), { code: 'ECONNRESET' })
    } catch (thrown) {
      if (signal.aborted) throw new RemoteError('aborted', { message: `Could not ${place.call.what}: the run was cancelled.`, service: wire.bucket, operation: place.call.what })
      breaks = place.at > before ? 0 : breaks + 1
      if (breaks >= MOST_BREAKS || !isPassing(faultOf(thrown))) throw errorOf(place.call, thrown, wire.bucket)
      await clock.sleep(FIRST_PAUSE_MS * 2 ** breaks, signal)
    } finally {
      signal.removeEventListener('abort', cut)
      body.destroy()
    }
  }
}

async function* arriving(body: Readable, place: Place): AsyncGenerator<Uint8Array> {
  for (const from: AsyncIterator<unknown> = body[Symbol.asyncIterator](); ;) {
    const next = await unlessSilent(from.next(), body)
    if (next.done === true) return
    if (!(next.value instanceof Uint8Array)) throw new TypeError('The body of an answer is text')
    place.at += next.value.length
    yield next.value
  }
}

async function unlessSilent<T>(next: Promise<T>, body: Readable): Promise<T> {
  const timer = setTimeout(() => body.destroy(Object.assign(new Error('no answer came in time'), { code: 'ETIMEDOUT' })), SILENT_MS)
  try {
    return await next
  } finally {
    clearTimeout(timer)
  }
}

function opened(wire: Wire, place: Place): Promise<Readable> {
  const { name, at, etag, versionId } = place
  return wire.call(place.call, async ({ sdk, client, how }) => {
    try {
      const answer = await client.send(new sdk.GetObjectCommand({
        Bucket: wire.bucket, Key: wire.keyOf(name), ...(at === 0 ? {} : { Range: `bytes=${at}-` }),
        ...(etag === undefined ? {} : { IfMatch: etag }), ...(versionId === undefined ? {} : { VersionId: versionId }),
      }), how)
      place.etag ??= answer.ETag
      place.versionId ??= answer.VersionId
      place.bytes ??= answer.ContentLength
      if (!(answer.Body instanceof Readable)) throw new TypeError('An answer has no body')
      return answer.Body
    } catch (thrown) {
      const fault = faultOf(thrown)
      if (isAbsent(fault)) throw missing(wire, name, 'it is not there')
      if (fault.status === 412) throw missing(wire, name, 'another object has taken its place in the middle')
      throw thrown
    }
  })
}

function missing(wire: Wire, name: string, observed: string): FileError {
  return new FileError('file-missing', { message: `Could not read \`${wire.place}/${name}\`: ${observed}.`, path: `${wire.place}/${name}` })
}
