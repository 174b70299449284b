import { FileError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import { SOCKET_PORT } from './cluster.js'
import { placeIn } from './folder.js'

const LOOK_MS = 10_000
/** The path of a socket may have so many bytes. */
const LONGEST_SOCKET = 107

/** A cluster of its own is never restored over anything, nor into a folder of another cluster. */
export async function refuseFolder(folder: string, { files, process }: Ambient): Promise<void> {
  const refused = (observed: string, fix: string): FileError => new FileError('file-refused', { message: `Could not restore a cluster into \`${folder}\`: ${observed}.`, fix, path: folder })
  if (!folder.startsWith('/')) throw refused('it is no absolute path', 'Name the folder from the root on: `/srv/shop-then`.')
  const socket = Buffer.byteLength(`${placeIn(folder).sockets}/.s.PGSQL.${SOCKET_PORT}`)
  if (socket > LONGEST_SOCKET) throw refused(`the path of its socket would have ${socket} bytes, and the system takes ${LONGEST_SOCKET}`, 'Name a folder with a shorter path.')
  const info = await files.info(folder)
  if (info !== undefined && (info.kind !== 'folder' || (await files.list(folder)).length > 0)) {
    throw new FileError('file-exists', { message: `Could not restore a cluster into \`${folder}\`: something is there already, and nothing is overwritten.`, fix: 'Name a folder that is not there yet.', path: folder })
  }
  const { stdout } = await process.run({ what: `look where \`${folder}\` is`, argv: ['realpath', '-m', '--', folder], timeoutMs: LOOK_MS })
  for (let above = stdout.trim(); above !== ''; above = above.replace(/\/[^/]*$/, '')) {
    if ((await files.info(`${above}/PG_VERSION`)) !== undefined) throw refused(`\`${above}\` is the data folder of a cluster`, 'Name a folder outside of it.')
  }
}
