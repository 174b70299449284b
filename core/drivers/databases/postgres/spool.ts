import { megabytes } from '../../../domain/readable-size.js'
import { FileError, messageOf, ProcessError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import { abandoned, ownerText } from './ownership.js'
import type { Server } from './server.js'

const PREFIX = 'ecluse_spool_'
const NOTE = 'owner.json'

/** A folder of this run alone, for what a client program must have as files. */
export interface Spool {
  readonly folder: string
  close(): Promise<void>
}

/** Says who it belongs to before anything is in it: whoever dies leaves it to the next run on this machine. */
export async function openSpool({ files, clock, paths, run }: Ambient): Promise<Spool> {
  const now = clock.now()
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(5))).toString('hex').slice(0, 8)
  const folder = `${paths.temp}/${PREFIX}${now.toString(36)}${random}`
  await files.makeFolder(folder, { mode: 0o700 })
  await files.write(`${folder}/${NOTE}`, ownerText(run, now), { mode: 0o600 })
  return { folder, close: () => files.remove(folder) }
}

/** Removes the folders that dead runs left. Returns their names. */
export async function sweepSpools(ambient: Ambient): Promise<readonly string[]> {
  const { clock, files, log, paths, process, run } = ambient
  const here = { host: run.host, now: clock.now() }
  const removed: string[] = []
  for (const { name, kind } of await files.list(paths.temp)) {
    if (kind !== 'folder' || !name.startsWith(PREFIX)) continue
    try {
      const comment = (await files.textIfThere(`${paths.temp}/${name}/${NOTE}`)) ?? ''
      if (!abandoned({ name, comment }, here, (pid, started) => process.alive(pid, started))) continue
      await files.remove(`${paths.temp}/${name}`)
      removed.push(name)
    } catch (thrown) {
      // Another user's, perhaps: that one's runs sweep it.
      log.debug(messageOf(thrown))
    }
  }
  return removed
}

/** Whether the disk has so much more than is expected to be written. */
export async function assertRoom(server: Server, bytes: number, doing: string): Promise<void> {
  const { files, paths } = server.ambient
  const room = await files.room(paths.temp)
  if (room >= bytes) return
  throw new FileError('disk-full', {
    message: `Could not ${doing}: it takes up to ${megabytes(bytes)} of files in \`${paths.temp}\`, which has ${megabytes(room)} free.`,
    fix: 'Make room there, or set `backup.format: custom`, which is streamed.',
    path: paths.temp,
  })
}

/** What a program said when the disk of its files was full is a fault of that disk. */
export function spoolFault(thrown: unknown, folder: string): unknown {
  if (!(thrown instanceof ProcessError) || !thrown.tail.some((line) => /No space left on device|Disk quota exceeded/.test(line))) return thrown
  return new FileError('disk-full', {
    message: `No room is left on the disk of \`${folder}\`.`, fix: 'Make room there, or set `backup.jobs: 1` and `backup.format: custom`, which are streamed.', path: folder, cause: thrown,
  })
}
