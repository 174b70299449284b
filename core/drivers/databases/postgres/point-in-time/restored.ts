import { messageOf } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Taken } from '../../../../ports/database.js'
import type { Moment, RestoredCluster } from '../../../../ports/point-in-time.js'
import { addressOf, type Address } from '../address.js'
import { beginSnapshot, takeFingerprint } from '../fingerprint.js'
import { ask, openSession, WHOLE_DAY_MS, type Asking } from '../psql.js'
import { recovered, SOCKET_PORT, startCluster, type Cluster } from './cluster.js'
import { makePlace, removePlace, type Place } from './folder.js'
import { backrest, type Backrest } from './program.js'
import type { ServerPrograms } from './programs.js'

/** A cancelled run has ten seconds. */
const CLOSE_MS = 8000
const QUESTION_MS = 10_000

export interface Restoring {
  readonly given: Backrest
  readonly programs: ServerPrograms
  readonly psql: string
}

/** Restores the cluster beside the real one and lets it go through the changes up to the target. */
export async function restoreCluster({ given, programs, psql }: Restoring, to: number | Pick<Moment, 'position'> | undefined): Promise<RestoredCluster> {
  const { identity, ambient, address } = given
  const begun = ambient.clock.now()
  const place = await makePlace(identity, ambient)
  ambient.remember('restored', place.folder)
  const close = async (): Promise<void> => {
    await removePlace(place.folder, programs, identity, ambient.shielded(CLOSE_MS))
    ambient.remember('restored', '')
  }
  try {
    await backrest(given, {
      what: 'restore', command: 'restore', code: 'restore-failed', timeoutMs: WHOLE_DAY_MS,
      args: [`--pg1-path=${place.data}`, `--tablespace-map-all=${place.tablespaces}`, '--archive-mode=off', '--process-max=2', ...target(to)],
    })
    const cluster = await startCluster(place, programs, identity, ambient)
    const url = urlOf(address, place)
    const asking: Asking = { psql, address: addressOf(url, `the restored cluster of ${address.label}`), process: ambient.process }
    await recovered(cluster, () => isReady(asking), ambient)
    const upTo = await lastMoment(asking, cluster)
    const taken: RestoredCluster['taken'] = (what) => inspect(asking, what?.checksums === true, ambient)
    return { upTo, restoreMs: ambient.clock.now() - begun, url, taken, fingerprint: async (what) => (await taken(what)).fingerprint, close }
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
