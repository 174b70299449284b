import { createHash } from 'node:crypto'
import { messageOf, StateError } from '../../../errors/families.js'
import { faultOf, isAbsent, isPassing, isTaken, memberOf } from './faults.js'
import { createObject, headOf, marked, storedAs, taken } from './objects.js'
import { cutInto, mostParts, type Cut, type Part, type Parts } from './parts.js'
import type { Wire } from './wire.js'

/** What is not known of a write that failed. */
export interface Doubt {
  /** The store was asked to put it together and gave no answer that counts: the object may come at any time. */
  mayAppear: boolean
}

export interface Upload {
  readonly name: string
  /** Of this write alone. */
  readonly mark: string
  readonly storageClass?: string
  readonly cut: Cut
  readonly doubt: Doubt
}

export interface Sent {
  readonly number: number
  readonly etag: string
  readonly sha256: Buffer
}

const PART_MS = 10 * 60_000
/** Putting together thousands of parts takes the store minutes, while it answers nothing. */
export const COMPLETE_MS = 15 * 60_000

/** Streams into an object that was not there, whole or not at all; memory stays flat. What was begun and failed is aborted. */
export async function upload(wire: Wire, content: AsyncIterable<Uint8Array>, options: Upload): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const parts = cutInto(content, options.cut)
  const source = parts[Symbol.asyncIterator]()
  try {
    const first = await source.next()
    if (first.done === true || first.value.last) {
      const { name, mark, storageClass } = options
      await createObject(wire, { name, mark, body: first.done === true ? new Uint8Array() : first.value.bytes, timeoutMs: PART_MS, ...(storageClass === undefined ? {} : { storageClass }) })
    } else {
      await multipart(wire, first.value, source, options)
    }
  } catch (thrown) {
    parts.stop()
    // It may be waiting for bytes that come when they come.
    void source.return?.().then(() => undefined, () => undefined)
    throw thrown
  }
  return told(parts)
}

function told(parts: Parts): { readonly bytes: number; readonly sha256: string } {
  return { bytes: parts.bytes(), sha256: parts.whole.digest('hex') }
}

async function multipart(wire: Wire, first: Part, rest: AsyncIterator<Part>, options: Upload): Promise<void> {
  const { id, repeated } = await begin(wire, options)
  try {
    const sent = await sendAll(wire, id, first, rest, options)
    await complete(wire, id, sent, options)
    // An answer that was lost left another upload, whose name nobody knows.
    if (repeated) await abortUploads(wire.shielded(), options.name).catch((left: unknown) => {
      wire.ambient.log.warn(`An unfinished upload may be left beside \`${options.name}\`: ${messageOf(left)}`)
    })
  } catch (thrown) {
    await abortUpload(wire.shielded(), options.name, id).catch((left: unknown) => {
      wire.ambient.log.warn(`An unfinished upload of \`${options.name}\` is left to the next run: ${messageOf(left)}`)
    })
    throw thrown
  }
}

function begin(wire: Wire, { name, mark, storageClass }: Upload): Promise<{ readonly id: string; readonly repeated: boolean }> {
  return wire.call({ what: `begin to write \`${wire.place}/${name}\``, right: 's3:PutObject' }, async ({ sdk, client, how, again }) => {
    const { UploadId: id } = await client.send(new sdk.CreateMultipartUploadCommand({
      Bucket: wire.bucket, Key: wire.keyOf(name), ChecksumAlgorithm: 'SHA256', Metadata: marked(mark), ...storedAs(sdk, storageClass),
    }), how)
    if (id === undefined) throw new StateError('store-unsafe', { message: `\`${wire.place}\` began an upload in parts and gave it no name.` })
    return { id, repeated: again }
  })
}

/** Several parts at once; the first one that fails for good ends it, also while the stream is silent. */
async function sendAll(wire: Wire, id: string, first: Part, rest: AsyncIterator<Part>, options: Upload): Promise<readonly Sent[]> {
  const sent: Sent[] = []
  const going = new Set<Promise<void>>()
  const stop = new AbortController()
  const own = wire.until(stop.signal)
  let fail: (fault: unknown) => void = () => undefined
  const failed = new Promise<never>((_resolve, reject) => { fail = reject })
  failed.catch(() => undefined)
  try {
    for (let part: Part | undefined = first; part !== undefined;) {
      if (part.number > mostParts(options.cut)) throw tooLarge(wire, options)
      const sending: Promise<void> = sendPart(own, id, part, options).then((arrived) => void sent.push(arrived))
      going.add(sending)
      void sending.then(() => going.delete(sending), fail)
      if (part.last) break
      const next: IteratorResult<Part> = await Promise.race([rest.next(), failed])
      part = next.done === true ? undefined : next.value
    }
    await Promise.all(going)
    return sent.toSorted((a, b) => a.number - b.number)
  } finally {
    // A part that arrives after the upload was aborted would stay for good.
    stop.abort()
    await Promise.allSettled(going)
  }
}

async function sendPart(wire: Wire, id: string, part: Part, { name }: Upload): Promise<Sent> {
  const { number, bytes, sha256 } = part
  const sent = await wire.call({ what: `write part ${number} of \`${wire.place}/${name}\``, right: 's3:PutObject', timeoutMs: PART_MS }, async ({ sdk, client, how }) => {
    const command = new sdk.UploadPartCommand({
      Bucket: wire.bucket, Key: wire.keyOf(name), UploadId: id, PartNumber: number, Body: bytes, ContentLength: bytes.length, ChecksumSHA256: sha256.toString('base64'),
    })
    // The signature is over the same hash: it need not be computed once more.
    command.middlewareStack.add((next) => (args) => {
      const headers = memberOf(args.request, 'headers')
      if (typeof headers === 'object' && headers !== null) Reflect.set(headers, 'x-amz-content-sha256', sha256.toString('hex'))
      return next(args)
    }, { step: 'build', name: 'knownHash' })
    const { ETag: etag = '' } = await client.send(command, how)
    return { number, etag, sha256 }
  })
  part.release()
  return sent
}

async function complete(wire: Wire, id: string, sent: readonly Sent[], { name, mark, doubt }: Upload): Promise<void> {
  const what = `put \`${wire.place}/${name}\` together`
  const checksum = await wire.call({ what, right: 's3:PutObject', timeoutMs: COMPLETE_MS }, async ({ sdk, client, how, again }) => {
    doubt.mayAppear = true
    try {
      const { ChecksumSHA256: said } = await client.send(new sdk.CompleteMultipartUploadCommand({
        Bucket: wire.bucket, Key: wire.keyOf(name), UploadId: id, IfNoneMatch: '*',
        MultipartUpload: { Parts: sent.map(({ number, etag, sha256 }) => ({ PartNumber: number, ETag: etag, ChecksumSHA256: sha256.toString('base64') })) },
      }), how)
      doubt.mayAppear = false
      return said
    } catch (thrown) {
      const fault = faultOf(thrown)
      // A refusal says nothing of what was sent before it, unless it says how that ended.
      doubt.mayAppear = isPassing(fault) || (again && !isTaken(fault) && !isAbsent(fault))
      if (!isTaken(fault) && !(again && isAbsent(fault))) throw thrown
      // An answer that was lost: what stands there is ours, or the upload is gone without having become anything.
      const there = again ? await headOf(wire, name) : undefined
      if (there?.mark === mark) return undefined
      throw isTaken(fault) || there !== undefined ? taken(wire, name) : thrown
    }
  })
  const ours = `${createHash('sha256').update(Buffer.concat(sent.map(({ sha256 }) => sha256))).digest('base64')}-${sent.length}`
  if (checksum === undefined || !checksum.includes('-') || checksum === ours) return
  throw new StateError('backup-corrupt', { message: `\`${wire.place}/${name}\` was put together with the checksum ${checksum}; written was ${ours}.`, fix: 'Take another backup; when it happens again, use another store.' })
}

/** No error when it is not there any more. */
export async function abortUpload(wire: Wire, name: string, id: string): Promise<void> {
  await wire.call({ what: `abort an upload of \`${wire.place}/${name}\``, right: 's3:AbortMultipartUpload' }, async ({ sdk, client, how }) => {
    try {
      await client.send(new sdk.AbortMultipartUploadCommand({ Bucket: wire.bucket, Key: wire.keyOf(name), UploadId: id }), how)
    } catch (thrown) {
      if (!isAbsent(faultOf(thrown))) throw thrown
    }
  })
}

/** Ends all unfinished uploads under exactly this name; says how many there were. */
export async function abortUploads(wire: Wire, name: string): Promise<number> {
  const { Uploads: found = [] } = await wire.call({ what: `list unfinished uploads of \`${wire.place}/${name}\``, right: 's3:ListBucketMultipartUploads' }, ({ sdk, client, how }) =>
    client.send(new sdk.ListMultipartUploadsCommand({ Bucket: wire.bucket, Prefix: wire.keyOf(name) }), how))
  const ids = found.flatMap(({ Key: key, UploadId: id }) => (key === wire.keyOf(name) && id !== undefined ? [id] : []))
  for (const id of ids) await abortUpload(wire, name, id)
  return ids.length
}

function tooLarge(wire: Wire, { name, cut }: Upload): StateError {
  const most = cut.sizes.reduce((sum, { bytes, parts }) => sum + bytes * parts, 0)
  return new StateError('store-refused', { message: `\`${wire.place}/${name}\` is larger than what a store takes in parts (${Math.floor(most / 1e9)} GB).`, fix: 'Back a database of this size up with `pgbackrest`.' })
}
