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

export interface Cluster {
  /** Rejects when the server ends, with what it said. */
  readonly ended: Promise<never>
}

/** Starts the server of a restored cluster, which then goes through the changes up to where it was sent. */
export async function startCluster(place: Place, programs: ServerPrograms, identity: Identity, ambient: Ambient): Promise<Cluster> {
  const { folder, data, sockets } = place
  await ambient.files.write(`${folder}/hba.conf`, 'local all all trust\n', { mode: 0o644 })
  await ambient.files.write(`${folder}/ident.conf`, '', { mode: 0o644 })
  await ambient.files.write(`${folder}/postgresql.conf`, '', { mode: 0o644 })
  const settings = {
    ...SETTINGS, ...(await leastSettings(data, programs, identity, ambient)),
    config_file: `${folder}/postgresql.conf`, hba_file: `${folder}/hba.conf`, ident_file: `${folder}/ident.conf`, data_directory: data, unix_socket_directories: sockets,
  }
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const running = ambient.process.stream({
    what: 'run the restored cluster', argv: [...as(identity, programs.postgres), '-D', data, ...given], env: { ...identity.env, LC_ALL: 'C' }, inherit: ['PGBACKREST_*', 'LD_LIBRARY_PATH'], timeoutMs: WHOLE_DAY_MS,
  })
  const ended = endOf(running)
  // Whoever waits is told; nobody may be waiting when it is ended on purpose.
  ended.catch(() => undefined)
  return { ended }
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
    ...(early ? { fix: 'The archive does not reach that moment. Restore as far as it goes, or to an earlier one.' } : {}),
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
