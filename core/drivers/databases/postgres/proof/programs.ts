import { InputError, ProcessError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import { ROOMS, versionIn } from '../clients.js'

/** A server's own programs: `initdb`, `pg_ctl` and `postgres`. */
export interface ServerPrograms {
  readonly folder: string
  readonly version: string
  readonly major: number
}

const VERSION_MS = 10_000

/** The given folder's, or the oldest installed ones that take a backup of this major. */
export async function programsFor(given: string | undefined, major: number, ambient: Ambient): Promise<ServerPrograms> {
  const found = await installedServers(given, ambient)
  const fit = found.filter((programs) => programs.major >= major).toSorted((a, b) => a.major - b.major)[0]
  if (fit !== undefined) return fit
  const newest = found.toSorted((a, b) => b.major - a.major)[0]
  const fix = `Install the package \`postgresql-${major}\` (its service need not run), name the folder of another with \`backup.verify-in.embedded.programs\`, or use \`backup.verify-in: { container: postgres:${major} }\`.`
  if (newest !== undefined) {
    throw new InputError([{ code: 'input-invalid', message: `Backups of PostgreSQL ${major} can not be proven in a throw-away cluster: the newest server ${given === undefined ? 'that is installed' : `in \`${given}\``} is ${newest.version}.`, fix }])
  }
  throw new ProcessError('program-missing', {
    message: given === undefined ? 'No PostgreSQL server is installed for a throw-away cluster: there is no `initdb` on PATH or in `/usr/lib/postgresql`.' : `There are no \`initdb\`, \`pg_ctl\` and \`postgres\` in \`${given}\`.`,
    fix, argv: ['initdb'], tail: [],
  })
}

export async function installedServers(given: string | undefined, ambient: Ambient): Promise<readonly ServerPrograms[]> {
  const folders = given === undefined ? await usualFolders(ambient) : [given]
  const found = await Promise.all([...new Set(folders)].map((folder) => serverIn(folder, ambient)))
  return found.filter((programs) => programs !== undefined)
}

async function usualFolders(ambient: Ambient): Promise<readonly string[]> {
  const onPath = await ambient.process.which('initdb')
  const rooms = await Promise.all(ROOMS.map(async (room) => (await ambient.files.list(room)).filter(({ name }) => /^(?:\d+|postgresql@\d+)$/.test(name)).map(({ name }) => `${room}/${name}/bin`)))
  return [...(onPath === undefined ? [] : [onPath.replace(/\/[^/]*$/, '')]), ...rooms.flat()]
}

async function serverIn(folder: string, ambient: Ambient): Promise<ServerPrograms | undefined> {
  const there = await Promise.all(['initdb', 'pg_ctl', 'postgres'].map((name) => ambient.files.info(`${folder}/${name}`)))
  if (there.some((info) => info === undefined)) return undefined
  const { stdout } = await ambient.process.run({ what: 'read the version of `postgres`', argv: [`${folder}/postgres`, '--version'], timeoutMs: VERSION_MS })
  const version = versionIn(stdout)
  return version === undefined ? undefined : { folder, ...version }
}
