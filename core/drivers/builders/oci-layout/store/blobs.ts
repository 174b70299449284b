import { StateError } from '../../../../errors/families.js'
import type { Files } from '../../../../ports/files.js'
import type { Descriptor } from './documents.js'

const SMALL = 128 * 1024

export function blobPath(folder: string, digest: string): string {
  return `${folder}/blobs/sha256/${digest.slice('sha256:'.length)}`
}

/** The text of a small blob, when it is there and is what its digest promises. */
export async function blobText(files: Files, folder: string, digest: string): Promise<string | undefined> {
  const text = await files.textIfThere(blobPath(folder, digest))
  return text !== undefined && `sha256:${files.sha256(text)}` === digest ? text : undefined
}

/** Every byte is read: a blob that is only of the right size is not yet the right one. */
export async function blobIsSound(files: Files, folder: string, { digest, size }: Descriptor, signal: AbortSignal): Promise<boolean> {
  const path = blobPath(folder, digest)
  const info = await files.info(path)
  return info?.kind === 'file' && info.bytes === size && (await hashOf(files, path, signal)) === digest
}

/** Reads a file: a small one at once, which is much cheaper than to open a stream for it. */
export async function* pieces(files: Files, path: string, bytes: number): AsyncGenerator<Uint8Array> {
  if (bytes > SMALL) yield* files.stream(path)
  else if (bytes > 0) yield await files.bytes(path)
}

export async function hashOf(files: Files, path: string, signal: AbortSignal, bytes = Infinity): Promise<string> {
  const hasher = files.hasher()
  for await (const chunk of pieces(files, path, bytes)) {
    stopIfAsked(signal)
    hasher.update(chunk)
  }
  return `sha256:${hasher.hex()}`
}

/** Streams into the layout: under a name of our own first, then under its digest once the bytes on the disk are proven. */
export async function putStream(files: Files, folder: string, draft: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<{ readonly digest: string; readonly size: number }> {
  const hasher = files.hasher()
  const { bytes } = await files.create(draft, hashed(content, hasher, signal))
  const digest = `sha256:${hasher.hex()}`
  if ((await hashOf(files, draft, signal)) !== digest) {
    throw new StateError('image-corrupt', { message: `\`${draft}\` does not read back as it was written.`, fix: 'Check the disk.' })
  }
  await files.makeFolder(`${folder}/blobs/sha256`)
  await files.rename(draft, blobPath(folder, digest))
  return { digest, size: bytes }
}

export async function putText(files: Files, folder: string, text: string): Promise<{ readonly digest: string; readonly size: number }> {
  const digest = `sha256:${files.sha256(text)}`
  if ((await blobText(files, folder, digest)) === undefined) await files.write(blobPath(folder, digest), text)
  return { digest, size: new TextEncoder().encode(text).length }
}

async function* hashed(content: AsyncIterable<Uint8Array>, hasher: ReturnType<Files['hasher']>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    stopIfAsked(signal)
    hasher.update(chunk)
    yield chunk
  }
}

export function stopIfAsked(signal: AbortSignal): void {
  if (signal.aborted) throw new StateError('aborted', { message: 'The build was cancelled.' })
}
