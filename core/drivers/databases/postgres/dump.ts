import { RemoteError } from '../../../errors/families.js'
import type { Dump, DumpRequest, Taken } from '../../../ports/database.js'
import { chooseCompression, packed, type Compression } from './compression.js'
import { databaseFault, type Doing } from './faults.js'
import { beginSnapshot, holdTables, letTables, sequenceValues, takeFingerprint } from './fingerprint.js'
import { ask, openSession, WHOLE_DAY_MS, type Row, type Session } from './psql.js'
import { assertReadable } from './rights.js'
import { asking, type Server } from './server.js'
import { assertRoom, openSpool, spoolFault } from './spool.js'

/** A session that holds one moment of the database for as long as it is open. */
interface Moment {
  readonly session: Session
  readonly snapshot: string
  /** When the server was started, in its own words. */
  readonly serverSince: string
  /** Counted once, whoever asks first. */
  readonly taken: () => Promise<Taken>
}

interface Way {
  readonly request: DumpRequest
  readonly compression: Compression
}

// Uncompressed: one compressor over the whole stream beats one per table, and by far the built-in gzip.
const ALWAYS = ['-w', '--compress=0', '--lock-wait-timeout=60s'] as const

const AGAIN_MS = 15_000

/** One moment of the database: fingerprint and dump read the same exported snapshot, side by side. */
export async function dump(server: Server, asked: DumpRequest): Promise<Dump> {
  const { ambient, local } = server
  const compression = await chooseCompression(ambient)
  const request: DumpRequest = asked.format === 'directory' && !local ? { ...asked, format: 'custom' } : asked
  if (request !== asked) ambient.log.warn('The client programs run in another place, whose files are not to be had here: the dump is streamed (`custom`) instead of taken as a folder.')
  const ended = new AbortController()
  const session = openSession(asking(server), { what: 'take the fingerprint of', code: 'dump-failed', stop: ended.signal })
  const close = async (): Promise<void> => {
    // A count that goes on for minutes is of no use any more.
    if (session.busy()) ended.abort()
    await session.close()
  }
  try {
    await beginSnapshot(session)
    await assertReadable(session, server)
    const [row] = await session.ask('SELECT json_build_array(pg_export_snapshot(), pg_database_size(current_database())::text, pg_postmaster_start_time()::text)')
    if (request.format === 'directory') await assertRoom(server, Number(row![1]), `dump \`${server.address.label}\` into a folder`)
    await holdTables(session)
    // Before the dump reads them: a sequence that moves meanwhile ends up between this and what it says at the end.
    const sequences = await sequenceValues(session)
    const { checksums } = request
    const moment: Moment = { session, snapshot: row![0]!, serverSince: row![2]!, taken: once(() => takeFingerprint(session, ambient.files, { checksums, sequences })) }
    return {
      format: request.format,
      compression,
      taken: moment.taken,
      content: content(server, moment, { request, compression }),
      sequencesNow: () => sequenceValues(session),
      close,
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

/** Starts `pg_dump` when somebody begins to read, so that a dump nobody reads costs nothing. */
async function* content(server: Server, moment: Moment, way: Way): AsyncGenerator<Uint8Array> {
  const doing: Doing = { address: server.address, what: 'dump', code: 'dump-failed' }
  // Counts while the dump runs. Whoever asks gets its fault; here it only has to be over.
  const counted = moment.taken().then(() => undefined, (fault: unknown) => fault)
  try {
    yield* way.request.format === 'directory' ? folder(server, moment, way) : stream(server, moment, way)
    await counted
    // A server that went away in the meantime took the snapshot along: what came after is of another moment.
    await letTables(moment.session)
  } catch (thrown) {
    const fault = await restartTold(server, moment, databaseFault(thrown, doing))
    // A session that failed before took its snapshot along: what it failed of says more.
    if (fault instanceof Error && fault.message.includes('invalid snapshot identifier')) throw (await counted) ?? fault
    throw fault
  }
}

/** Of a connection that was lost: whether the server itself went away under it. */
async function restartTold(server: Server, { serverSince }: Moment, fault: unknown): Promise<unknown> {
  if (!(fault instanceof RemoteError) || fault.code !== 'connection-lost' || fault.service !== 'PostgreSQL') return fault
  const now = await ask(asking(server), { what: 'look again at', code: 'database-unreachable', sql: 'SELECT json_build_array(pg_postmaster_start_time()::text);', timeoutMs: AGAIN_MS }).catch((thrown: unknown) => thrown)
  if (Array.isArray(now) && (now as readonly Row[])[0]?.[0] === serverSince) return fault
  const { service, operation, message } = fault
  return new RemoteError('server-restarted', { service, operation, message: `${message} The server ${Array.isArray(now) ? 'was started again meanwhile' : 'does not answer any more'}.` })
}

async function* stream(server: Server, { snapshot }: Moment, { compression }: Way): AsyncGenerator<Uint8Array> {
  const { address, ambient, clients } = server
  const dumping = ambient.process.stream({
    what: `dump \`${address.label}\``, argv: [clients.pgDump, ...ALWAYS, '--format=custom', `--snapshot=${snapshot}`], env: address.env, timeoutMs: WHOLE_DAY_MS, batch: true,
  })
  try {
    yield* packed(dumping.stdout, compression, ambient)
  } catch (thrown) {
    // Who packs it knows only that it ended badly; where it ran in another place, the way there may be to blame.
    const told: unknown = await dumping.done.then(() => undefined, (fault: unknown) => fault)
    throw told instanceof RemoteError ? told : thrown
  }
  await dumping.done
}

/** Several connections at once write a folder, which then goes as one archive through the compressor. */
async function* folder(server: Server, { snapshot }: Moment, { request, compression }: Way): AsyncGenerator<Uint8Array> {
  const { address, ambient, clients } = server
  const spool = await openSpool(ambient)
  try {
    const argv = [clients.pgDump, ...ALWAYS, '--format=directory', `--jobs=${request.jobs}`, `--file=${spool.folder}/dump`, `--snapshot=${snapshot}`] as const
    await ambient.process.run({ what: `dump \`${address.label}\``, argv, env: address.env, timeoutMs: WHOLE_DAY_MS, batch: true })
    const archive = ambient.process.stream({
      what: 'put the dump into one archive', argv: ['tar', '--create', '--file=-', `--directory=${spool.folder}`, 'dump'], env: { LC_ALL: 'C' }, timeoutMs: WHOLE_DAY_MS, batch: true,
    })
    yield* packed(archive.stdout, compression, ambient)
    await archive.done
  } catch (thrown) {
    throw spoolFault(thrown, spool.folder)
  } finally {
    await spool.close()
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined
  return () => (known ??= work())
}
