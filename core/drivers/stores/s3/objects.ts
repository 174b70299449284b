import { createHash } from 'node:crypto'
import type { StorageClass } from '@aws-sdk/client-s3'
import { FileError, InputError } from '../../../errors/families.js'
import { faultOf, isAbsent, isLocked, isTaken } from './faults.js'
import type { Sdk, Wire } from './wire.js'

/** On every object that we write: which write it came from. */
const MARK = 'ecluse-write'

export interface Head {
  readonly bytes: number
  readonly etag: string
  readonly versionId?: string
  readonly mark: string | undefined
  readonly lockedUntil?: Date
  readonly held: boolean
}

export interface Lock {
  readonly mode: 'governance' | 'compliance'
  readonly until: Date
}

export const lockMode = ({ mode }: Lock): 'GOVERNANCE' | 'COMPLIANCE' => (mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE')

export function marked(mark: string): Readonly<Record<string, string>> {
  return { [MARK]: mark }
}

/** `undefined` when there is no such object, or none any more. */
export function headOf(wire: Wire, name: string): Promise<Head | undefined> {
  return wire.call({ what: `look at \`${wire.place}/${name}\``, right: 's3:GetObject and s3:ListBucket' }, async ({ sdk, client, how }) => {
    try {
      const found = await client.send(new sdk.HeadObjectCommand({ Bucket: wire.bucket, Key: wire.keyOf(name) }), how)
      return {
        bytes: found.ContentLength ?? 0, etag: found.ETag ?? '', mark: found.Metadata?.[MARK], held: found.ObjectLockLegalHoldStatus === 'ON',
        ...(found.VersionId === undefined ? {} : { versionId: found.VersionId }), ...(found.ObjectLockRetainUntilDate === undefined ? {} : { lockedUntil: found.ObjectLockRetainUntilDate }),
      }
    } catch (thrown) {
      if (isAbsent(faultOf(thrown))) return undefined
      throw thrown
    }
  })
}

export interface Put {
  readonly name: string
  readonly body: Uint8Array
  /** Of this write alone. */
  readonly mark: string
  readonly storageClass?: string
  readonly lock?: Lock
  readonly timeoutMs?: number
  /** In one step in the place of what is there, which is ours. */
  readonly replaces?: true
}

/** Writes a small object under a name that is free; rejects with code `file-exists` when it is not. */
export async function createObject(wire: Wire, put: Put): Promise<{ readonly versionId?: string }> {
  const { name, body, mark, storageClass, lock, timeoutMs, replaces } = put
  const checksum = createHash('sha256').update(body).digest('base64')
  return wire.call({ what: `write \`${wire.place}/${name}\``, right: 's3:PutObject', ...(timeoutMs === undefined ? {} : { timeoutMs }) }, async ({ sdk, client, how, again }) => {
    try {
      const { VersionId: versionId } = await client.send(new sdk.PutObjectCommand({
        Bucket: wire.bucket, Key: wire.keyOf(name), Body: body, ContentLength: body.length, ...(replaces === true ? {} : { IfNoneMatch: '*' }), ChecksumSHA256: checksum, Metadata: marked(mark),
        ...storedAs(sdk, storageClass), ...(lock === undefined ? {} : { ObjectLockMode: lockMode(lock), ObjectLockRetainUntilDate: lock.until }),
      }), how)
      return versionId === undefined ? {} : { versionId }
    } catch (thrown) {
      if (!isTaken(faultOf(thrown))) throw thrown
      // The answer to the first attempt may have been lost on its way: then what stands there is ours.
      const there = again ? await headOf(wire, name) : undefined
      if (there?.mark !== mark) throw taken(wire, name)
      return there.versionId === undefined ? {} : { versionId: there.versionId }
    }
  })
}

/** A class that nobody knows is told before anything is written. */
export function storedAs({ StorageClass: known }: Sdk, asked: string | undefined): { readonly StorageClass?: StorageClass } {
  if (asked === undefined) return {}
  const found = Object.values(known).find((name) => name === asked)
  if (found !== undefined) return { StorageClass: found }
  throw new InputError([{ code: 'config-invalid', message: `The \`storage-class\` of the store is "${asked}".`, fix: `Set it to one of ${Object.values(known).join(', ')}.` }])
}

export function taken(wire: Wire, name: string): FileError {
  return new FileError('file-exists', { message: `Could not write \`${wire.place}/${name}\`: something is already there.`, path: `${wire.place}/${name}` })
}

export interface Content {
  readonly text: string
  /** Of this very text. */
  readonly etag: string
  readonly modifiedAt: number
}

/** Whole, for what is small, with what the store says of it in the same answer; `undefined` when it is not there. */
export function contentOf(wire: Wire, name: string): Promise<Content | undefined> {
  return wire.call({ what: `read \`${wire.place}/${name}\``, right: 's3:GetObject' }, async ({ sdk, client, how }) => {
    try {
      const { Body: body, ETag: etag = '', LastModified: modified } = await client.send(new sdk.GetObjectCommand({ Bucket: wire.bucket, Key: wire.keyOf(name) }), how)
      return { text: (await body?.transformToString()) ?? '', etag, modifiedAt: modified?.getTime() ?? 0 }
    } catch (thrown) {
      if (isAbsent(faultOf(thrown))) return undefined
      throw thrown
    }
  })
}

export async function textOf(wire: Wire, name: string): Promise<string | undefined> {
  return (await contentOf(wire, name))?.text
}

export interface Listed {
  readonly name: string
  readonly modifiedAt: number
}

/** What lies directly in this folder of the bucket and begins so; what lies deeper belongs to others. */
export async function listed(wire: Wire, beginning = ''): Promise<readonly Listed[]> {
  const found: Listed[] = []
  const below = wire.keyOf('').length
  let from: string | undefined
  do {
    const page = await wire.call({ what: `list \`${wire.place}\``, right: 's3:ListBucket' }, ({ sdk, client, how }) => client.send(new sdk.ListObjectsV2Command({
      Bucket: wire.bucket, Prefix: wire.keyOf(beginning), Delimiter: '/', ...(from === undefined ? {} : { ContinuationToken: from }),
    }), how))
    for (const { Key: key = '', LastModified: modified } of page.Contents ?? []) found.push({ name: key.slice(below), modifiedAt: modified?.getTime() ?? 0 })
    from = page.IsTruncated === true ? page.NextContinuationToken : undefined
  } while (from !== undefined)
  return found
}

/**
 * Takes exactly the newest version away, where the bucket keeps versions. `locked`: the store keeps it, and it is still there. No error when
 * it is not there. With an `etag`, only that content: `another` has taken its place else, and stays.
 */
export async function erase(wire: Wire, name: string, etag?: string): Promise<'gone' | 'locked' | 'another'> {
  const there = await headOf(wire, name)
  if (there === undefined) return 'gone'
  if (etag !== undefined && there.etag !== etag) return 'another'
  if (isLockedNow(there, wire)) return 'locked'
  return wire.call({ what: `remove \`${wire.place}/${name}\``, right: there.versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion' }, async ({ sdk, client, how }) => {
    try {
      await client.send(new sdk.DeleteObjectCommand({ Bucket: wire.bucket, Key: wire.keyOf(name), ...(there.versionId === undefined ? {} : { VersionId: there.versionId }) }), how)
      return 'gone'
    } catch (thrown) {
      if (isAbsent(faultOf(thrown))) return 'gone'
      if (isLocked(faultOf(thrown))) return 'locked'
      throw thrown
    }
  })
}

export function isLockedNow({ held, lockedUntil }: Head, wire: Wire): boolean {
  return held || (lockedUntil !== undefined && lockedUntil.getTime() > (wire.storeNow() ?? wire.ambient.clock.now()))
}

/** What lies beneath the newest one, where the bucket keeps versions and lets it go. */
export async function eraseBeneath(wire: Wire, name: string, versionId: string | undefined): Promise<void> {
  if (versionId === undefined) return
  await wire.call({ what: `remove an older \`${wire.place}/${name}\``, right: 's3:DeleteObjectVersion' }, async ({ sdk, client, how }) => {
    try {
      await client.send(new sdk.DeleteObjectCommand({ Bucket: wire.bucket, Key: wire.keyOf(name), VersionId: versionId }), how)
    } catch (thrown) {
      if (!isAbsent(faultOf(thrown)) && !isLocked(faultOf(thrown))) throw thrown
    }
  })
}

/** Behind a marker: what the store does not let go is not to be seen any more. */
export async function hide(wire: Wire, name: string): Promise<void> {
  await wire.call({ what: `hide \`${wire.place}/${name}\``, right: 's3:DeleteObject' }, ({ sdk, client, how }) =>
    client.send(new sdk.DeleteObjectCommand({ Bucket: wire.bucket, Key: wire.keyOf(name) }), how))
}

/** Notes and the like: gone, or where a default lock of the bucket holds them, hidden. */
export async function drop(wire: Wire, name: string, etag?: string): Promise<void> {
  if ((await erase(wire, name, etag)) === 'locked') await hide(wire, name)
}
