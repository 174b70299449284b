import type { Dump, DumpRequest, Taken } from '../../../ports/database.js'
import { chooseCompression, packed, type Compression } from './compression.js'
import { databaseFault, type Doing } from './faults.js'
import { beginSnapshot, sequenceValues, takeFingerprint } from './fingerprint.js'
import { openSession, WHOLE_DAY_MS, type Session } from './psql.js'
import { asking, type Server } from './server.js'

/** A session that holds one moment of the database for as long as it is open. */
interface Moment {
  readonly session: Session
  readonly snapshot: string
  /** Counted once, whoever asks first. */
  readonly taken: () => Promise<Taken>
}

/** One moment of the database: fingerprint and dump read the same exported snapshot, side by side. */
export async function dump(server: Server, request: DumpRequest): Promise<Dump> {
  const { ambient } = server
  const compression = await chooseCompression(ambient)
  const session = openSession(asking(server), { what: 'take the fingerprint of', code: 'dump-failed' })
  try {
    await beginSnapshot(session)
    const [row] = await session.ask('SELECT json_build_array(pg_export_snapshot())')
    // Before the dump reads them: a sequence that moves meanwhile ends up between this and what it says at the end.
    const sequences = await sequenceValues(session)
    const moment: Moment = { session, snapshot: row![0]!, taken: once(() => takeFingerprint(session, ambient.files, sequences)) }
    return {
      format: request.format,
      compression,
      taken: moment.taken,
      content: content(server, moment, compression),
      sequencesNow: () => sequenceValues(session),
      close: () => session.close(),
    }
  } catch (thrown) {
    await session.close()
    throw thrown
  }
}

/** Starts `pg_dump` when somebody begins to read, so that a dump nobody reads costs nothing. */
async function* content(server: Server, { session, snapshot, taken }: Moment, compression: Compression): AsyncGenerator<Uint8Array> {
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
    const bytes = packed(dumping.stdout, compression, ambient)
    // Counts while the dump runs. Whoever asks gets its fault; here it only has to be over.
    const counted = taken().then(() => undefined, (fault: unknown) => fault)
    yield* bytes
    await dumping.done
    await counted
    // A server that went away in the meantime took the snapshot along: what came after is of another moment.
    await session.ask('SELECT json_build_array()')
  } catch (thrown) {
    throw databaseFault(thrown, doing)
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined
  return () => (known ??= work())
}
