import { InputError, ProcessError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'

/** The client programs of one installed version. */
export interface Clients {
  readonly psql: string
  readonly pgDump: string
  readonly pgRestore: string
  readonly version: string
  readonly major: number
}

/** Where packages put several versions beside each other; none of these is on PATH. */
export const ROOMS = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt']
const VERSION_TIMEOUT_MS = 10_000

/** Every complete set of clients on this machine, what PATH names first. */
export async function installedClients(ambient: Ambient): Promise<readonly Clients[]> {
  const folders: string[] = []
  const onPath = await ambient.process.which('pg_dump')
  if (onPath !== undefined && !(await choosesItself(onPath, ambient))) folders.push(onPath.replace(/\/[^/]*$/, ''))
  for (const room of ROOMS) {
    for (const { name } of await ambient.files.list(room)) if (/^(?:\d+|libpq|postgresql@\d+)$/.test(name)) folders.push(`${room}/${name}/bin`)
  }
  const found = await Promise.all([...new Set(folders)].map((folder) => clientsIn(folder, ambient)))
  return found.filter((clients) => clients !== undefined)
}

/** Same major first: a newer `pg_restore` may set parameters that an older server does not know. */
export function fittingClients(installed: readonly Clients[], serverMajor: number): Clients | undefined {
  return installed.filter(({ major }) => major >= serverMajor).toSorted((a, b) => a.major - b.major)[0]
}

export async function clientsMissing(ambient: Ambient): Promise<ProcessError> {
  return new ProcessError('program-missing', {
    message: 'No PostgreSQL client is installed: `psql`, `pg_dump` and `pg_restore` are neither on PATH nor in `/usr/lib/postgresql`.',
    fix: `Install the package \`postgresql-client\` (macOS: \`brew install libpq\`)${await orByImage(ambient, 'postgres')}.`,
    argv: ['pg_dump'],
    tail: [],
  })
}

/** `place` and `newer` of clients that run elsewhere: where, and how newer ones come there. */
export async function clientsTooOld(
  installed: readonly Clients[],
  server: { readonly version: string; readonly major: number },
  { ambient, place, newer }: { readonly ambient: Ambient; readonly place?: string; readonly newer?: (major: number) => string },
): Promise<InputError> {
  const newest = installed.toSorted((a, b) => b.major - a.major)[0]!
  const which = place === undefined ? 'The newest installed PostgreSQL client' : `The PostgreSQL client in ${place}`
  return new InputError([{
    code: 'client-too-old',
    message: `${which} is ${newest.version}, the server is ${server.version}: it can not dump it.`,
    fix: newer?.(server.major) ?? `Install the package \`postgresql-client-${server.major}\`, or a newer one${await orByImage(ambient, `postgres:${server.major}`)}.`,
  }])
}

/** The other way out, where there is a Docker to take it. */
async function orByImage(ambient: Ambient, image: string): Promise<string> {
  return (await ambient.process.which('docker')) === undefined ? '' : `, or set \`backup.through: { image: ${image} }\`: Docker is at hand`
}

/** What `pg_dump --version` says. */
export function versionIn(said: string): Pick<Clients, 'version' | 'major'> | undefined {
  const version = /\(PostgreSQL\) (\d+\S*)/.exec(said)?.[1]
  return version === undefined ? undefined : { version, major: Number.parseInt(version, 10) }
}

/** Debian's `/usr/bin/pg_dump` is a script that picks a version by rules of its own; the versions themselves are listed anyway. */
async function choosesItself(program: string, ambient: Ambient): Promise<boolean> {
  const info = await ambient.files.info(program)
  return info?.kind === 'link' && (await ambient.files.readLink(program)).endsWith('pg_wrapper')
}

async function clientsIn(folder: string, ambient: Ambient): Promise<Clients | undefined> {
  const [psql, pgDump, pgRestore] = [`${folder}/psql`, `${folder}/pg_dump`, `${folder}/pg_restore`]
  const there = await Promise.all([psql, pgDump, pgRestore].map((program) => ambient.files.info(program)))
  if (there.some((info) => info === undefined)) return undefined
  const { stdout } = await ambient.process.run({ what: 'read the version of `pg_dump`', argv: [pgDump, '--version'], timeoutMs: VERSION_TIMEOUT_MS })
  const version = versionIn(stdout)
  return version === undefined ? undefined : { psql, pgDump, pgRestore, ...version }
}
