import { createHash, randomBytes } from 'node:crypto'
import { FileError, messageOf, RemoteError, StateError } from '../../../errors/families.js'
import { faultOf, isTaken } from './faults.js'
import { note, noteName } from './notes.js'
import { createObject, drop, erase, headOf, lockMode, textOf, type Lock } from './objects.js'
import { abortUpload, abortUploads } from './upload.js'
import type { Wire } from './wire.js'

const LOCKED_FOR_MS = 4000
const SKEWED_MS = 60_000

interface Trial {
  readonly id: string
  /** An upload in parts may be left that was begun for it. */
  uploading: boolean
}

/** Tries out what the store promises, with small objects of its own that it takes away again. Resolves to what people should know. */
export async function probeBucket(wire: Wire, lockAs: Lock['mode'] | undefined): Promise<readonly string[]> {
  const id = randomBytes(8).toString('hex')
  const trial: Trial = { id, uploading: false }
  try {
    await overwrites(wire, id)
    await damages(wire, id)
    await puts(wire, trial)
    if (lockAs !== undefined) await lockHolds(wire, id, lockAs)
  } finally {
    // Its time begins here: a slow store may have taken long to answer.
    await clear(wire.shielded(), trial)
  }
  const ahead = (wire.storeNow() ?? wire.ambient.clock.now()) - wire.ambient.clock.now()
  return Math.abs(ahead) < SKEWED_MS ? [] : [`The clock of this machine is ${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'behind' : 'ahead of'} that of ${wire.place}; receipts carry its time.`]
}

/** What the trial says counts, however the way back goes: what could not go says itself whose it is, and the next run finds it. */
async function clear(wire: Wire, { id, uploading }: Trial): Promise<void> {
  try {
    await dropAll(wire, noteName(`${id}-damaged`, 'probing'))
    // After a cancel its lock holds for some seconds yet: hidden, nobody would come back for it.
    await erase(wire, noteName(`${id}-locked`, 'probing'))
    if (uploading) await abortUploads(wire, noteName(id, 'probing'))
    await dropAll(wire, noteName(id, 'probing'))
  } catch (thrown) {
    wire.ambient.log.warn(`What tried \`${wire.place}\` out is left to the next run: ${messageOf(thrown)}`)
  }
}

/** A store that lets objects be overwritten may keep what was there before. */
async function dropAll(wire: Wire, name: string): Promise<void> {
  for (let versions = 0; versions < 3 && (await headOf(wire, name)) !== undefined; versions += 1) await drop(wire, name)
}

async function overwrites(wire: Wire, id: string): Promise<void> {
  const name = noteName(id, 'probing')
  try {
    await note(wire, id, 'probing', id)
  } catch (thrown) {
    // Stores that do not know the condition at all.
    if (thrown instanceof RemoteError && thrown.status === 501) throw unsafe(wire, 'it does not know `If-None-Match`')
    throw thrown
  }
  const second = await createObject(wire, { name, mark: `${id}-2`, body: Buffer.from('second') }).then(() => undefined, (thrown: unknown) => thrown)
  if (second === undefined) throw unsafe(wire, 'it let an object be overwritten, although `If-None-Match: *` was asked for')
  if (!(second instanceof FileError)) throw second
  const found = await textOf(wire, name)
  if (found === undefined || !found.includes(id)) throw unsafe(wire, 'it did not give back what it had taken')
}

async function damages(wire: Wire, id: string): Promise<void> {
  const taken = await wire.call({ what: `try \`${wire.place}\` out with a wrong checksum`, right: 's3:PutObject' }, async ({ sdk, client, how }) =>
    refused(client.send(new sdk.PutObjectCommand({
      Bucket: wire.bucket, Key: wire.keyOf(noteName(`${id}-damaged`, 'probing')), Body: Buffer.from(JSON.stringify({ run: wire.ambient.run, mark: id })), ...wrongChecksum,
    }), how)))
  if (!taken) throw unsafe(wire, 'it took an object whose checksum is wrong')
}

const wrongChecksum = { ChecksumSHA256: createHash('sha256').update('other bytes').digest('base64') }

/** The same two for what comes in parts. */
async function puts(wire: Wire, trial: Trial): Promise<void> {
  const name = noteName(trial.id, 'probing')
  const target = { Bucket: wire.bucket, Key: wire.keyOf(name) }
  const call = { what: `try \`${wire.place}\` out with an upload in parts`, right: 's3:PutObject' }
  trial.uploading = true
  const { upload, repeated } = await wire.call(call, async ({ sdk, client, how, again }) => {
    const { UploadId: begun = '' } = await client.send(new sdk.CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'SHA256' }), how)
    return { upload: begun, repeated: again }
  })
  try {
    const body = Buffer.from('third')
    const part = { ...target, UploadId: upload, PartNumber: 1, Body: body }
    if (!(await wire.call(call, ({ sdk, client, how }) => refused(client.send(new sdk.UploadPartCommand({ ...part, ...wrongChecksum }), how))))) throw unsafe(wire, 'it took a part whose checksum is wrong')
    const checksum = createHash('sha256').update(body).digest('base64')
    const { ETag: etag = '' } = await wire.call(call, ({ sdk, client, how }) => client.send(new sdk.UploadPartCommand({ ...part, ChecksumSHA256: checksum }), how))
    const kept = await wire.call(call, ({ sdk, client, how }) => client.send(new sdk.CompleteMultipartUploadCommand({
      ...target, UploadId: upload, IfNoneMatch: '*', MultipartUpload: { Parts: [{ PartNumber: 1, ETag: etag, ChecksumSHA256: checksum }] },
    }), how).then(() => false, (thrown: unknown) => {
      if (isTaken(faultOf(thrown))) return true
      throw thrown
    }))
    if (!kept) throw unsafe(wire, 'it let an object be overwritten by one in parts, although `If-None-Match: *` was asked for')
  } finally {
    trial.uploading = await abortUpload(wire.shielded(), name, upload).then(() => repeated, () => true)
  }
}

async function lockHolds(wire: Wire, id: string, mode: Lock['mode']): Promise<void> {
  const { clock, signal } = wire.ambient
  const name = noteName(`${id}-locked`, 'probing')
  const until = new Date((wire.storeNow() ?? clock.now()) + LOCKED_FOR_MS)
  const { versionId } = await locked(wire, name, id, { mode, until })
  if (versionId === undefined) throw unsafe(wire, 'it locks nothing: it keeps no versions')
  const held = await wire.call({ what: `try the lock of \`${wire.place}\` out`, right: 's3:DeleteObjectVersion' }, ({ sdk, client, how }) =>
    refused(client.send(new sdk.DeleteObjectCommand({ Bucket: wire.bucket, Key: wire.keyOf(name), VersionId: versionId }), how)))
  if (!held) throw unsafe(wire, 'it let an object go that was locked')
  // Taken away once the lock has ended; stores compare whole seconds.
  await clock.sleep(Math.max(0, until.getTime() - (wire.storeNow() ?? clock.now())) + 1000, signal)
}

async function locked(wire: Wire, name: string, mark: string, lock: Lock): Promise<{ readonly versionId?: string }> {
  try {
    return await createObject(wire, { name, mark, lock, body: Buffer.from(JSON.stringify({ run: wire.ambient.run, mark, mode: lockMode(lock) })) })
  } catch (thrown) {
    if (!(thrown instanceof RemoteError && thrown.status === 400)) throw thrown
    throw unsafe(wire, 'its bucket was made without object lock')
  }
}

/** Whether the store said no, and not only that it can't now. */
async function refused(request: Promise<unknown>): Promise<boolean> {
  try {
    await request
    return false
  } catch (thrown) {
    const { status } = faultOf(thrown)
    if (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429) return true
    throw thrown
  }
}

function unsafe(wire: Wire, observed: string): StateError {
  return new StateError('store-unsafe', { message: `\`${wire.place}\` was tried out as a store, and ${observed}.` })
}
