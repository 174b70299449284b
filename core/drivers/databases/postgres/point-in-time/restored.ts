import { messageOf, StateError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Taken } from '../../../../ports/database.js'
import type { ClusterAsked, Moment, NewCluster, RestoredCluster } from '../../../../ports/point-in-time.js'
import { addressOf, type Address } from '../address.js'
import { beginSnapshot, takeFingerprint } from '../fingerprint.js'
import { ask, openSession, WHOLE_DAY_MS, type Asking } from '../psql.js'
import { recovered, settleCluster, SOCKET_PORT, startCluster, type Cluster } from './cluster.js'
import { claimPlace, makePlace, removePlace, type Place } from './folder.js'
import { refuseFolder } from './named-folder.js'
import { backrest, type Backrest } from './program.js'
import type { ServerPrograms } from './programs.js'

/** A cancelled run has ten seconds. */
const CLOSE_MS = 8000
const QUESTION_MS = 10_000
const START_MS = 120_000
const LOOK_EVERY_MS = 100

export interface Restoring {
  readonly given: Backrest
  readonly programs: ServerPrograms
  readonly psql: string
}

/** What a restore goes to: a place, from where, how far, and what takes it away again. */
interface Into {
  readonly place: Place
  readonly args: readonly string[]
  readonly database: string
  readonly stays?: boolean
  readonly close: () => Promise<void>
}

/** Restores the cluster beside the real one and lets it go through the changes up to the target. */
export async function restoreCluster(restoring: Restoring, to: number | Pick<Moment, 'position'> | undefined): Promise<RestoredCluster> {
  const { given: { identity, ambient, address }, programs } = restoring
  const place = await makePlace(identity, ambient)
  ambient.remember('restored', place.folder)
  const close = async (): Promise<void> => {
    await removePlace(place.folder, programs, identity, ambient.shielded(CLOSE_MS))
    ambient.remember('restored', '')
  }
  return (await bring(restoring, { place, args: target(to), database: address.database, close })).restored
}

/** The same, where somebody wants to have it; it stays when it is kept. */
export async function restoreBeside(restoring: Restoring, { folder, label, to, database }: ClusterAsked): Promise<NewCluster> {
  const { given: { identity, ambient }, programs } = restoring
  await refuseFolder(folder, ambient)
  ambient.remember('restored', folder)
  const place = await claimPlace(folder, identity, ambient)
  let kept = false
  const close = async (): Promise<void> => {
    if (kept) return
    await removePlace(folder, programs, identity, ambient.shielded(CLOSE_MS))
    await place.settle()
    ambient.remember('restored', '')
  }
  const { restored, cluster, asking } = await bring(restoring, { place, args: [`--set=${label}`, ...target(to)], database, stays: true, close })
  const keep = async (): Promise<void> => {
    const { failed } = await settleCluster(place, cluster, programs, identity, ambient)
    const end = ambient.clock.now() + START_MS
    while (!(await isReady(asking))) {
      ambient.signal.throwIfAborted()
      const why = (await failed()) ?? (ambient.clock.now() > end ? new StateError('restore-failed', { message: `The restored cluster in \`${folder}\` did not start within ${START_MS / 1000} s.`, fix: `Read \`${folder}/log\`.` }) : undefined)
      if (why !== undefined) throw why
      await ambient.clock.sleep(LOOK_EVERY_MS, ambient.signal)
    }
    await place.settle()
    kept = true
    ambient.remember('restored', '')
  }
  return { ...restored, close, keep }
}

async function bring({ given, programs, psql }: Restoring, { place, args, database, stays = false, close }: Into): Promise<{ readonly restored: RestoredCluster; readonly cluster: Cluster; readonly asking: Asking }> {
  const { identity, ambient, address } = given
  const begun = ambient.clock.now()
  try {
    await backrest(given, {
      what: 'restore', command: 'restore', code: 'restore-failed', timeoutMs: WHOLE_DAY_MS,
      args: [`--pg1-path=${place.data}`, `--tablespace-map-all=${place.tablespaces}`, '--archive-mode=off', '--process-max=2', ...args],
    })
    const cluster = await startCluster(place, programs, identity, ambient, { stays })
    const url = urlOf({ ...address, database }, place)
    const asking: Asking = { psql, address: addressOf(url, `the restored cluster of ${address.label}`), process: ambient.process }
    await recovered(cluster, () => isReady(asking), ambient)
    const upTo = await lastMoment(asking, cluster)
    const taken: RestoredCluster['taken'] = (what) => inspect(asking, what?.checksums === true, ambient)
    return { restored: { upTo, restoreMs: ambient.clock.now() - begun, url, taken, fingerprint: async (what) => (await taken(what)).fingerprint, close }, cluster, asking }
  } catch (thrown) {
    await close().catch((left: unknown) => ambient.log.warn(`The folder \`${place.folder}\` is left to the next run: ${messageOf(left)}`))
    throw thrown
  }
}

/** Everything before the place and nothing from it on; every commit up to the time; or as far as the archive goes. */
function target(to: number | Pick<Moment, 'position'> | undefined): readonly string[] {
  if (to === undefined) return ['--type=default']
  if (typeof to === 'number') return ['--type=time', `--target=${new Date(to).toISOString().replace('T', ' ').replace('Z', '+00')}`, '--target-action=promote']
  return ['--type=lsn', `--target=${to.position}`, '--target-exclusive', '--target-action=promote']
}

function urlOf({ env, database }: Address, { sockets }: Place): string {
  return `postgres://${encodeURIComponent(env['PGUSER'] ?? 'postgres')}@localhost/${encodeURIComponent(database)}?${new URLSearchParams({ host: sockets, port: String(SOCKET_PORT) }).toString()}`
}

async function isReady(asking: Asking): Promise<boolean> {
  try {
    const [row] = await ask(asking, { what: 'ask', code: 'restore-failed', sql: 'SELECT json_build_array(pg_is_in_recovery()::text);', timeoutMs: QUESTION_MS })
    return row?.[0] === 'false'
  } catch (fault) {
    // It lets nobody in before it is done; that it lets nobody in at all would be seen by its end.
    if (/starting up|not (?:yet )?accepting|recovery state|No such file|refused|shutting down/.test(messageOf(fault))) return false
    throw fault
  }
}

async function lastMoment(asking: Asking, cluster: Cluster): Promise<number> {
  const asked = ask(asking, {
    what: 'ask how far the changes go in', code: 'restore-failed',
    sql: `SELECT json_build_array((extract(epoch FROM coalesce(pg_last_xact_replay_timestamp(), c.checkpoint_time)) * 1000)::bigint::text) FROM pg_control_checkpoint() c;`,
  })
  const [row] = await Promise.race([asked, cluster.ended])
  return Number(row?.[0])
}

async function inspect(asking: Asking, checksums: boolean, { files }: Ambient): Promise<Taken> {
  const session = openSession(asking, { what: 'take the fingerprint of', code: 'restore-failed' })
  try {
    await beginSnapshot(session)
    return await takeFingerprint(session, files, { checksums })
  } finally {
    await session.close()
  }
}
