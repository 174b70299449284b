import { ProcessError, StateError, messageOf } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Streaming } from '../../../../ports/process.js'
import { WHOLE_DAY_MS } from '../psql.js'
import type { Place } from './folder.js'
import { as, type Identity } from './identity.js'
import type { ServerPrograms } from './programs.js'

const LOOK_EVERY_MS = 100
const LOOK_MS = 30_000
const GRACE_MS = 3000
const STOP_MS = 10 * 60_000
export const SOCKET_PORT = 5432

/**
 * Whatever the real cluster was set to, by its files or by ALTER SYSTEM: this one is reached by its socket alone, archives nothing,
 * and is thrown away, so that it need not be safe on disk.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '', port: String(SOCKET_PORT), ssl: 'off', archive_mode: 'off', hot_standby: 'off', autovacuum: 'off', fsync: 'off', full_page_writes: 'off',
  synchronous_commit: 'off', synchronous_standby_names: '', logging_collector: 'off', log_destination: 'stderr', lc_messages: 'C', shared_buffers: '64MB', huge_pages: 'off',
  external_pid_file: '', max_wal_senders: '10', primary_conninfo: '', restart_after_crash: 'off', log_min_messages: 'log', shared_preload_libraries: '',
}
/** What the log of changes was written with must not be less here. */
const AT_LEAST: Readonly<Record<string, string>> = {
  max_connections: 'max_connections', max_worker_processes: 'max_worker_processes', max_wal_senders: 'max_wal_senders', max_prepared_xacts: 'max_prepared_transactions', max_locks_per_xact: 'max_locks_per_transaction',
}

/** One that is to stay must be as safe on disk as any. */
const KEPT: Readonly<Record<string, string>> = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' }
const KEPT_LATER: Readonly<Record<string, string>> = { ...KEPT, autovacuum: 'on', restart_after_crash: 'on' }
const LAST_WORDS = 20

export interface Cluster {
  /** Rejects when the server ends, with what it said. */
  readonly ended: Promise<never>
}

/** Starts the server of a restored cluster, which then goes through the changes up to where it was sent. */
export async function startCluster(place: Place, programs: ServerPrograms, identity: Identity, ambient: Ambient, { stays = false }: { readonly stays?: boolean } = {}): Promise<Cluster> {
  const { folder, data } = place
  await ambient.files.write(`${folder}/hba.conf`, 'local all all trust\n', { mode: 0o644 })
  await ambient.files.write(`${folder}/ident.conf`, '', { mode: 0o644 })
  await ambient.files.write(`${folder}/postgresql.conf`, '', { mode: 0o644 })
  const settings = { ...SETTINGS, ...(stays ? KEPT : {}), ...(await leastSettings(data, programs, identity, ambient)), ...placed(place), config_file: configOf(place) }
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const running = ambient.process.stream({
    what: 'run the restored cluster', argv: [...as(identity, programs.postgres), '-D', data, ...given], env: { ...identity.env, LC_ALL: 'C' }, inherit: ['PGBACKREST_*', 'LD_LIBRARY_PATH'], timeoutMs: WHOLE_DAY_MS,
  })
  const ended = endOf(running)
  // Whoever waits is told; nobody may be waiting when it is ended on purpose.
  ended.catch(() => undefined)
  return { ended }
}

/**
 * Starts it once more, for good and by itself: with its settings in a file, so that whoever needs it can start it as any other. What the real one
 * was set to by ALTER SYSTEM (its port, its archive) would win over that file, so it is put beside it.
 */
export async function settleCluster(place: Place, cluster: Cluster, { postgres, control, ...rest }: ServerPrograms, identity: Identity, ambient: Ambient): Promise<{ readonly failed: () => Promise<StateError | undefined> }> {
  const { folder, data } = place
  await ambient.process.run({ what: 'stop the restored cluster', argv: [...as(identity, control), 'stop', '-D', data, '-m', 'fast', '-w', '-t', String(STOP_MS / 1000)], timeoutMs: STOP_MS, env: { LC_ALL: 'C' }, inherit: ['LD_LIBRARY_PATH'] })
  await cluster.ended.catch(() => undefined)
  const settings = { ...SETTINGS, ...KEPT_LATER, ...(await leastSettings(data, { postgres, control, ...rest }, identity, ambient)), ...placed(place) }
  await ambient.files.write(configOf(place), Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`).join(''), { mode: 0o644 })
  const auto = `${data}/postgresql.auto.conf`
  if ((await ambient.files.info(auto)) !== undefined) await ambient.files.rename(auto, `${folder}/postgresql.auto.conf.before`)
  const log = `${folder}/log`
  const { pid } = await ambient.process.detach({ argv: [...as(identity, postgres), '-D', data, '-c', `config_file=${configOf(place)}`], env: { ...identity.env, LC_ALL: 'C' }, cwd: folder, logFile: log })
  return {
    failed: async () => {
      if ((await ambient.files.info(`/proc/${pid}`)) !== undefined) return undefined
      return notRunning((await ambient.files.textIfThere(log) ?? '').split('\n').slice(-LAST_WORDS))
    },
  }
}

function configOf({ folder }: Place): string {
  return `${folder}/postgresql.conf`
}

function placed({ folder, data, sockets }: Place): Readonly<Record<string, string>> {
  return { hba_file: `${folder}/hba.conf`, ident_file: `${folder}/ident.conf`, data_directory: data, unix_socket_directories: sockets }
}

/** Waits until all changes up to the target are in. */
export async function recovered(cluster: Cluster, ready: () => Promise<boolean>, ambient: Ambient): Promise<void> {
  for (;;) {
    if (await Promise.race([cluster.ended, ready().catch((thrown: unknown) => whyNot(thrown, cluster, ambient))])) return
    ambient.signal.throwIfAborted()
    await Promise.race([cluster.ended, ambient.clock.sleep(LOOK_EVERY_MS, ambient.signal)])
  }
}

/** A server that is about to end lets nobody in either: then its own word says more. */
async function whyNot(thrown: unknown, { ended }: Cluster, ambient: Ambient): Promise<never> {
  await Promise.race([ended, ambient.clock.sleep(GRACE_MS)])
  throw thrown
}

async function endOf({ stdout, done }: Streaming): Promise<never> {
  const drained = (async () => {
    for await (const _ of stdout);
  })().catch(() => undefined)
  try {
    const { stderr } = await done
    throw notRunning(stderr.split('\n'))
  } catch (thrown) {
    await drained
    if (thrown instanceof ProcessError && thrown.code === 'program-failed') throw notRunning(thrown.tail)
    throw thrown
  }
}

function notRunning(lines: readonly string[]): StateError {
  const said = lines.findLast((line) => /(?:FATAL|PANIC): /.test(line)) ?? lines.findLast((line) => line.trim() !== '') ?? ''
  const text = said.replace(/^.*?((?:FATAL|PANIC): )/, '$1').replaceAll(/\s+/g, ' ').trim()
  const early = text.includes('recovery ended before configured recovery target')
  return new StateError('restore-failed', {
    message: `Could not bring the restored cluster up: "${text.slice(0, 300)}".`,
    ...(early ? { fix: 'The archive does not reach that moment. Restore to an earlier one, or as far as it goes: `before` with a time to come.' } : {}),
  })
}

async function leastSettings(data: string, { controlData }: ServerPrograms, identity: Identity, ambient: Ambient): Promise<Readonly<Record<string, string>>> {
  if (controlData === undefined) return { max_connections: '1000', max_worker_processes: '64', max_wal_senders: '64', max_prepared_transactions: '1000', max_locks_per_transaction: '256' }
  const { stdout } = await ambient.process.run({ what: 'read what the restored cluster was set to', argv: [...as(identity, controlData), '-D', data], env: { LC_ALL: 'C' }, timeoutMs: LOOK_MS, inherit: ['LD_LIBRARY_PATH'] })
    .catch((thrown: unknown) => {
      throw new StateError('restore-failed', { message: `Could not read the restored cluster: ${messageOf(thrown)}` })
    })
  const said = [...stdout.matchAll(/^(\w+) setting:\s+(\d+)$/gm)]
  return Object.fromEntries(said.flatMap(([, name = '', value = '']) => (AT_LEAST[name] === undefined ? [] : [[AT_LEAST[name], value]])))
}
