import type { Dump } from '../../../ports/database.js'
import { chooseCompression, packed, type Compression } from './compression.js'
import { databaseFault, type Doing } from './faults.js'
import { beginSnapshot, sequenceValues, takeFingerprint } from './fingerprint.js'
import { openSession, WHOLE_DAY_MS, type Session } from './psql.js'
import { asking, type Server } from './server.js'

/** One moment of the database: fingerprint and dump read the same exported snapshot. */
export async function dump(server: Server): Promise<Dump> {
  const { ambient } = server
  const compression = await chooseCompression(ambient)
  const session = openSession(asking(server), { what: 'take the fingerprint of', code: 'dump-failed' })
  try {
    await beginSnapshot(session)
    const [row] = await session.ask('SELECT json_build_array(pg_export_snapshot())')
    const taken = await takeFingerprint(session, ambient.files)
    return {
      ...taken,
      compression,
      content: content(server, session, row![0]!, compression),
      sequencesNow: () => sequenceValues(session),
      close: () => session.close(),
    }
  } catch (thrown) {
    await session.close()
    throw thrown
  }
}

/** Starts `pg_dump` when somebody begins to read, so that a dump nobody reads costs nothing. */
async function* content(server: Server, session: Session, snapshot: string, compression: Compression): AsyncGenerator<Uint8Array> {
  const { address, ambient, clients } = server
  const doing: Doing = { address, what: 'dump', code: 'dump-failed' }
  try {
    const dumping = ambient.process.stream({
      what: `dump \`${address.label}\``,
      // Uncompressed: one compressor over the whole stream beats one per table, and by far the built-in gzip.
      argv: [clients.pgDump, '-w', '--format=custom', '--compress=0', `--snapshot=${snapshot}`, '--lock-wait-timeout=60s'],
      env: address.env,
      timeoutMs: WHOLE_DAY_MS,
    })
    yield* packed(dumping.stdout, compression, ambient)
    await dumping.done
    // A server that went away in the meantime took the snapshot along: what came after is of another moment.
    await session.ask('SELECT json_build_array()')
  } catch (thrown) {
    throw databaseFault(thrown, doing)
  }
}
