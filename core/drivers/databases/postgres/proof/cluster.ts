import { decodeText, number, object, text } from '../../../../domain/local-control/decode.js'
import { EcluseError, messageOf, ProcessError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Command, Finished } from '../../../../ports/process.js'
import { installedServers, type ServerPrograms } from './programs.js'

/** A cluster that runs, in `<folder>/data`. */
export interface Cluster {
  readonly folder: string
  /** The folder of its socket. */
  readonly socket: string
  readonly user: string
  readonly programs: ServerPrograms
}

/** Who made it; written before anything of it is there, so that a later run can tell whether its maker lives. */
interface Owner {
  readonly run: string
  readonly host: string
  readonly pid: number
  readonly started: string
  readonly at: number
}

const PREFIX = 'ecluse-cluster-'
const OWNER = 'owner.json'
const USER = 'ecluse'
const CALL_MS = 30_000
const START_MS = 120_000
const ABANDONED_AFTER_MS = 24 * 60 * 60_000
/** Nothing in it has to survive anything, and only its folder's owner comes near its socket. */
const SETTINGS = [
  `listen_addresses = ''`, 'unix_socket_permissions = 0700', 'port = 5432', 'fsync = off', 'synchronous_commit = off', 'full_page_writes = off',
  'wal_level = minimal', 'max_wal_senders = 0', 'max_wal_size = 4GB', 'autovacuum = off', 'maintenance_work_mem = 128MB', 'max_locks_per_transaction = 256', 'logging_collector = off',
]

/** Makes and starts one. What can not be started is taken away again. */
export async function startCluster(programs: ServerPrograms, ambient: Ambient): Promise<Cluster> {
  const { files } = ambient
  const folder = await files.temporary(PREFIX)
  const cluster: Cluster = { folder, socket: `${folder}/data`, user: USER, programs }
  try {
    const { id, host, pid, started } = ambient.run
    await files.write(`${folder}/${OWNER}`, JSON.stringify({ run: id, host, pid, started, at: ambient.clock.now() } satisfies Owner), { mode: 0o600 })
    // The server's user makes its own folder in ours and is alone in that one.
    if ((await unprivileged(ambient)) !== undefined) await files.chmod(folder, 0o1733)
    await call(cluster, 'make a throw-away cluster', ['initdb', '-D', cluster.socket, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'], ambient, START_MS)
    const place = `unix_socket_directories = '${cluster.socket.replaceAll("'", "''")}'`
    await files.append(`${cluster.socket}/postgresql.conf`, `\n${[...SETTINGS, place].join('\n')}\n`)
    await begin(cluster, ambient)
    return cluster
  } catch (thrown) {
    await endCluster(cluster, ambient.shielded(CALL_MS)).catch((left: unknown) => ambient.log.debug(messageOf(left)))
    throw thrown
  }
}

/** By `pg_ctl`, so that it goes on when this run is cancelled, and the way back can still use it. */
async function begin(cluster: Cluster, ambient: Ambient): Promise<void> {
  const log = `${cluster.socket}/server.log`
  try {
    await call(cluster, 'start a throw-away cluster', ['pg_ctl', 'start', '-D', cluster.socket, '-w', '-t', '60', '-s', '-l', log], ambient, START_MS)
  } catch (thrown) {
    if (!(thrown instanceof ProcessError) || thrown.code !== 'program-failed') throw thrown
    const tail = ((await ambient.files.textIfThere(log)) ?? '').split('\n').filter((line) => line !== '').slice(-20)
    const said = tail.findLast((line) => /FATAL|ERROR|PANIC/.test(line)) ?? tail.at(-1)
    throw said === undefined ? thrown : new ProcessError('program-failed', { message: `Could not start a throw-away cluster: "${said.slice(0, 240)}".`, argv: thrown.argv, tail, cause: thrown })
  }
}

/** Ends it at once and removes it. Nothing to do is no error. */
export async function endCluster({ folder, socket, programs, user }: Cluster, around: Ambient): Promise<void> {
  const { files } = around
  if ((await files.info(`${socket}/postmaster.pid`)) !== undefined) {
    // 1: it was not running after all.
    await call({ folder, socket, programs, user }, 'end a throw-away cluster', ['pg_ctl', 'stop', '-D', socket, '-m', 'immediate', '-w', '-t', '5', '-s'], around, CALL_MS, [0, 1])
  }
  await files.remove(folder)
}

/** Ends and removes those of runs that are gone. */
export async function sweepClusters(given: string | undefined, ambient: Ambient): Promise<readonly string[]> {
  const { files } = ambient
  const probe = await files.temporary('ecluse-look-')
  await files.remove(probe)
  const room = probe.replace(/\/[^/]*$/, '')
  const gone: string[] = []
  for (const { name, kind } of await files.list(room)) {
    const folder = `${room}/${name}`
    if (kind !== 'folder' || !name.startsWith(PREFIX) || !(await abandoned(folder, ambient))) continue
    try {
      const [programs] = await installedServers(given, ambient)
      // A server whose folder is gone ends by itself within a minute.
      if (programs === undefined) await files.remove(folder)
      else await endCluster({ folder, socket: `${folder}/data`, user: USER, programs }, ambient)
      gone.push(name)
    } catch (thrown) {
      if (!(thrown instanceof EcluseError)) throw thrown
      ambient.log.warn(messageOf(thrown))
    }
  }
  return gone
}

async function abandoned(folder: string, ambient: Ambient): Promise<boolean> {
  const now = ambient.clock.now()
  const owner = await ownerOf(folder, ambient)
  if (owner === undefined) {
    // Killed before it could say whose it is, or another user's.
    const info = await ambient.files.info(folder)
    return info !== undefined && now - info.modifiedAt > ABANDONED_AFTER_MS
  }
  if (owner.host !== ambient.run.host) return now - owner.at > ABANDONED_AFTER_MS
  return !ambient.process.alive(owner.pid, owner.started)
}

async function ownerOf(folder: string, ambient: Ambient): Promise<Owner | undefined> {
  try {
    return decodeText(object<Owner>({ run: text, host: text, pid: number, started: text, at: number }), (await ambient.files.textIfThere(`${folder}/${OWNER}`)) ?? '', OWNER)
  } catch {
    return undefined
  }
}

async function call({ folder, programs }: Cluster, what: string, [program, ...words]: readonly [string, ...string[]], ambient: Ambient, timeoutMs: number, accept: readonly number[] = [0]): Promise<Finished> {
  const as = await unprivileged(ambient)
  return ambient.process.run({ what, argv: [`${programs.folder}/${program}`, ...words], cwd: folder, env: { LC_ALL: 'C' }, timeoutMs, accept, ...(as === undefined ? {} : { as }) })
}

/** `initdb` and `postgres` refuse root: then as `nobody`, who must be able to read their folder. */
async function unprivileged(ambient: Ambient): Promise<Command['as'] | undefined> {
  const asked = async (...words: readonly string[]): Promise<number> =>
    Number((await ambient.process.run({ what: 'read who we are', argv: ['id', ...words], timeoutMs: CALL_MS })).stdout.trim())
  if ((await asked('-u')) !== 0) return undefined
  return { uid: await asked('-u', 'nobody'), gid: await asked('-g', 'nobody') }
}
