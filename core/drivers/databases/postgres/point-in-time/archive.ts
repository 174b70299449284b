import { StateError } from '../../../../errors/families.js'
import type { Clock } from '../../../../ports/clock.js'
import type { Moment } from '../../../../ports/point-in-time.js'
import { takeFingerprint } from '../fingerprint.js'
import { ask, openSession, type Session } from '../psql.js'
import { asking, type Server } from '../server.js'

/** A pause of one millisecond between two changes is enough, and every server has one. */
const STILL_WITHIN_MS = 20_000
const PAUSE_MS = 5
/** Whoever is about to commit has done so by then. */
const COMMITTING_MS = 50

export interface ArchiverState {
  readonly archiving: boolean
  /** What changed is in the archive, all of it. */
  readonly complete: boolean
  /** Since the last file that was archived (ms); absent: never any. */
  readonly sinceLastMs?: number
  /** The last attempt failed, on this file. */
  readonly failing?: string
}

/** What the server's own archiver says of itself. */
export async function archiverState(server: Server): Promise<ArchiverState> {
  const [row] = await ask(asking(server), {
    what: 'ask the archiver of',
    code: 'database-refused',
    fix: 'Give the user of the database the role pg_monitor.',
    sql: `SELECT json_build_array(current_setting('archive_mode'),
        coalesce(length(a.wal) = 24 AND (
          a.wal >= pg_walfile_name(pg_current_wal_insert_lsn())
          OR pg_current_wal_insert_lsn() - '0/0' <= s.ends + s.header), false)::text,
        coalesce((extract(epoch FROM clock_timestamp() - a.last_archived_time) * 1000)::bigint::text, ''),
        CASE WHEN a.last_failed_time > coalesce(a.last_archived_time, '-infinity') THEN coalesce(a.last_failed_wal, '') ELSE '' END)
      FROM (SELECT *, left(last_archived_wal, 24) AS wal FROM pg_stat_archiver) a, LATERAL (SELECT z.size, 100 AS header,
        (('x' || substr(a.wal, 9, 8))::bit(32)::bigint * 4294967296 + (('x' || substr(a.wal, 17, 8))::bit(32)::bigint + 1) * z.size) AS ends
        FROM (SELECT setting::bigint * CASE unit WHEN '8kB' THEN 8192 ELSE 1 END AS size FROM pg_settings WHERE name = 'wal_segment_size') z) s;`,
  })
  const [mode = '', complete = '', since = '', failing = ''] = row ?? []
  return { archiving: mode !== 'off', complete: complete === 'true', ...(since === '' ? {} : { sinceLastMs: Number(since) }), ...(failing === '' ? {} : { failing }) }
}

/** Writes a change of now, so that the archive has something that is not older. */
export async function markNow(server: Server): Promise<void> {
  await ask(asking(server), { what: 'write a change of now in', code: 'database-refused', sql: 'SELECT json_build_array(txid_current()::text);' })
}

/**
 * What the database holds, with its place in the stream of changes: between the place before the snapshot and the one after it nothing was
 * written, and nobody who is not in the snapshot was about to commit.
 */
export async function takeMoment(server: Server, checksums: boolean): Promise<Moment> {
  const session = openSession(asking(server), { what: 'take the fingerprint of', code: 'database-refused' })
  try {
    const { position, at, exact } = await standStill(session, server)
    return { ...(await takeFingerprint(session, server.ambient.files, { checksums })), position, at, exact }
  } finally {
    await session.close()
  }
}

interface Still {
  readonly position: string
  readonly at: number
  readonly exact: boolean
}

async function standStill(session: Session, { ambient }: Server): Promise<Still> {
  const end = ambient.clock.now() + STILL_WITHIN_MS
  for (;;) {
    const [before] = await session.ask('SELECT json_build_array(pg_current_wal_insert_lsn()::text)')
    await session.ask('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const [row] = await session.ask(`SELECT json_build_array(txid_current_snapshot()::text, pg_current_wal_insert_lsn()::text, (extract(epoch FROM clock_timestamp()) * 1000)::bigint::text)`)
    const [snapshot = '', position = '', at = ''] = row ?? []
    const running = snapshot.split(':')[2]?.split(',').filter((id) => id !== '') ?? []
    const exact = before?.[0] === position && (await stillRunning(session, running, ambient.clock))
    if (exact || ambient.clock.now() > end) {
      await settle(session)
      return { position, at: Number(at), exact }
    }
    await session.ask('ROLLBACK')
    await ambient.clock.sleep(PAUSE_MS)
  }
}

/** A transaction that is still at work a while later was not about to commit. */
async function stillRunning(session: Session, ids: readonly string[], clock: Clock): Promise<boolean> {
  if (ids.length === 0) return true
  await clock.sleep(COMMITTING_MS)
  const states = await session.ask(ids.map((id) => `SELECT json_build_array(coalesce(txid_status(${Number(id)}), ''))`).join(' UNION ALL '))
  return states.every(([state]) => state === 'in progress')
}

/** The settings of a snapshot, in the transaction that is open already. */
async function settle(session: Session): Promise<void> {
  await session.ask(`SELECT json_build_array(set_config('search_path', '', true), set_config('row_security', 'off', true), set_config('lock_timeout', '60s', true), set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true))`)
}

export function archivingOff(stanza: string): StateError {
  return new StateError('archive-broken', { message: `The server of stanza \`${stanza}\` archives nothing: \`archive_mode\` is off.`, fix: 'Set `archive_mode = on` and `archive_command`, and restart the server.' })
}

export function archiverFails(stanza: string, file: string): StateError {
  return new StateError('archive-broken', { message: `The server of stanza \`${stanza}\` can not archive: its last attempt failed, on \`${file}\`.`, fix: 'Read the log of the server: it has what `archive_command` said.' })
}
