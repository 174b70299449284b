import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { FileError } from '../errors/families.js'

const WRITE_BYTES = 1024 * 1024

/** Whole or not at all: what a reader finds under the name is the old content or all of the new. */
export async function writeWhole(file: string, content: string | Uint8Array, mode: number): Promise<void> {
  await viaTemporary(file, mode, async (handle, temporary) => {
    await handle.writeFile(content)
    await handle.sync()
    await rename(temporary, file)
  })
}

/** As `writeWhole`, from a stream and never over something: a link fails where a rename would replace. */
export async function createWhole(file: string, content: AsyncIterable<Uint8Array>, mode: number): Promise<{ readonly bytes: number }> {
  // Early, so that nobody streams for an hour to learn it; the link below is what guarantees it.
  if (await lstat(file).then(() => true, () => false)) throw existing(file)
  let bytes = 0
  await viaTemporary(file, mode, async (handle, temporary) => {
    for await (const piece of gathered(content)) {
      await handle.writeFile(piece)
      bytes += piece.length
    }
    await handle.sync()
    await link(temporary, file)
    await rm(temporary)
  })
  return { bytes }
}

/** Every write costs a thread's waking: small chunks are put together, always in the same memory. A piece is good until the next one. */
async function* gathered(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const room = new Uint8Array(WRITE_BYTES)
  let filled = 0
  for await (const chunk of content) {
    if (filled + chunk.length > room.length) {
      yield room.subarray(0, filled)
      filled = 0
    }
    if (chunk.length > room.length) yield chunk
    else {
      room.set(chunk, filled)
      filled += chunk.length
    }
  }
  yield room.subarray(0, filled)
}

async function viaTemporary(file: string, mode: number, fill: (handle: FileHandle, temporary: string) => Promise<void>): Promise<void> {
  const folder = path.dirname(file)
  await mkdir(folder, { recursive: true })
  const temporary = path.join(folder, `.${path.basename(file).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`)
  const handle = await open(temporary, 'wx', mode)
  try {
    // The umask may have taken bits away that the caller asked for.
    await handle.chmod(mode)
    await fill(handle, temporary)
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw thrown
  } finally {
    await handle.close()
  }
  await syncFolder(folder)
}

/** One write at the end of the file, so that two writers never mix, then onto the disk. */
export async function appendWhole(file: string, text: string): Promise<void> {
  const folder = path.dirname(file)
  await mkdir(folder, { recursive: true })
  const bytes = Buffer.from(text)
  const handle = await open(file, constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY, 0o600)
  let fresh = false
  try {
    fresh = (await handle.stat()).size === 0
    const { bytesWritten } = await handle.write(bytes)
    await handle.datasync()
    if (bytesWritten < bytes.length) throw tornAppend(file, bytesWritten, bytes.length)
  } finally {
    await handle.close()
  }
  if (fresh) await syncFolder(folder)
}

function existing(file: string): FileError {
  return new FileError('file-exists', { message: `Could not create \`${file}\`: something is already there.`, path: file })
}

function tornAppend(file: string, written: number, asked: number): FileError {
  return new FileError('disk-full', { message: `Could not append to \`${file}\`: ${written} of ${asked} bytes were written.`, path: file })
}

/** A new name is only on the disk once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
