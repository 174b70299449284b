import { randomBytes } from 'node:crypto'
import { FileError, messageOf, StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'

/** Some mounted disks take a second file under a name, or give back other bytes than they took. */
export async function probeFolder(folder: string, { files, log }: Ambient): Promise<readonly string[]> {
  const file = `${folder}/.probe-${randomBytes(6).toString('hex')}`
  await files.makeFolder(folder, { mode: 0o700 })
  try {
    await files.create(file, one('first'), { mode: 0o600 })
    const second = await files.create(file, one('second'), { mode: 0o600 }).then(() => undefined, (thrown: unknown) => thrown)
    if (!(second instanceof FileError && second.code === 'file-exists')) throw unsafe(folder, second === undefined ? 'it let a file be overwritten' : messageOf(second))
    const found = await files.text(file)
    if (found !== 'first') throw unsafe(folder, `it gave back "${found.slice(0, 20)}" for what was written as "first"`)
  } finally {
    await files.remove(file).catch((thrown: unknown) => log.warn(`What tried \`${folder}\` out is left to a later run: ${messageOf(thrown)}`))
  }
  const mode = (await files.info(folder))?.mode ?? 0
  return (mode & 0o077) === 0 ? [] : [`Others on this machine may enter \`${folder}\` (mode ${mode.toString(8)}). The backups in it are for their owner only.`]
}

function unsafe(folder: string, observed: string): StateError {
  return new StateError('store-unsafe', { message: `\`${folder}\` was tried out as a store, and ${observed}.`, fix: 'Keep backups on a disk of this machine, or in a bucket.' })
}

async function* one(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}
