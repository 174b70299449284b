import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { localPlaces, type LocalPlaces } from '../domain/local-control/index.js'
import { FileError } from '../errors/families.js'
import { errnoOf } from './errno.js'

/** The longest path that every system binds a Unix socket to. */
const SOCKET_PATH_LIMIT = 100

export interface ServerPlaces extends LocalPlaces {
  /** What tells this server's processes from any other's. */
  readonly mark: string
  /** For what all servers of this user share. */
  readonly shared: string
}

/** Makes the folders, ours alone, and finds a path for the socket that is short enough. */
export async function preparePlaces(state: string, environment: string): Promise<ServerPlaces> {
  const places = localPlaces(path.resolve(state), environment)
  const name = createHash('sha256').update(places.folder).digest('hex').slice(0, 24)
  const shared = path.join(os.tmpdir(), `ecluse-${process.getuid?.() ?? 'user'}`)
  await mkdir(path.dirname(places.folder), { recursive: true })
  await claim(places.folder)
  await claim(shared)
  await Promise.all([places.releases, places.instances].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })))
  const short = Buffer.byteLength(places.socket) <= SOCKET_PATH_LIMIT
  return { ...places, shared, mark: `ECLUSE_SUPERVISOR=${name}`, ...(short ? {} : { socket: path.join(shared, `${name}.sock`) }) }
}

/** Our own folder that nobody else may enter; one that another user made could hold anything. */
async function claim(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((thrown: unknown) => {
    if (errnoOf(thrown) !== 'EEXIST') throw thrown
  })
  const found = await lstat(folder)
  const mine = process.getuid === undefined || found.uid === process.getuid()
  if (!found.isDirectory() || !mine) {
    throw new FileError('file-refused', {
      message: `Folder \`${folder}\` ${found.isDirectory() ? `belongs to user ${found.uid}` : 'is not a folder'}; a server's socket must be in a folder of its own user.`,
      fix: 'Remove it, or choose another state folder.',
      path: folder,
    })
  }
  if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700)
}
