import { ProcessError, RemoteError, StateError } from '../../../errors/families.js'
import { recognised, UNPACK, unpacked, type Recognised } from './compression.js'
import { databaseFault } from './faults.js'
import { ask, WHOLE_DAY_MS } from './psql.js'
import { asking, type Server } from './server.js'
import { openSpool, spoolFault } from './spool.js'
import { toTheEnd } from './whole.js'

/**
 * Settings of the restoring sessions. Nothing waits for the disk at each of thousands of small commits; the rename that
 * makes a copy the real database is a commit that waits for all of them. A role kept from writing for the time being is not meant.
 */
const OPTIONS = '-c synchronous_commit=off -c default_transaction_read_only=off'

/**
 * `pg_restore` 17 and newer begin with a setting that servers before 17 do not know. It changes nothing, so this one error is
 * let pass, which takes going on after errors; any other still fails the restore, only later.
 */
const FOREIGN_SETTING = /^pg_restore: error: could not execute query: ERROR:\s+unrecognized configuration parameter "transaction_timeout"$/

/** A dump is five to ten times as large as what is stored of it. */
const PACKED_TO = 10

export interface Restoring {
  /** The database it goes into. */
  readonly name: string
  readonly faithful: boolean
  readonly jobs: number
  /** Bytes of the backup as it is stored, where they are known. */
  readonly bytes?: number
  /** Makes the database anew, with nothing in it. */
  empty(): Promise<void>
}

/** Restores a backup into an empty database; anything `pg_restore` complains about is a failure. */
export async function restoreInto(server: Server, into: Restoring, content: AsyncIterable<Uint8Array>): Promise<void> {
  const whole = toTheEnd(content)
  try {
    const backup = await recognised(whole.content, server.ambient)
    if (backup.format === 'directory') await fromFolder(server, into, backup)
    else if (await fitsHere(server, into)) await fromFile(server, into, backup)
    else await pgRestore(server, into, { stdin: () => unpacked(backup, server.ambient) })
    await whole.rest()
  } catch (thrown) {
    await whole.close()
    throw restoreFault(thrown, server)
  }
}

/** Unpacks a dump of the folder kind, and what was packed around it. */
export async function unpackFolder(server: Server, backup: Recognised, into: string): Promise<void> {
  if (!server.local) {
    throw new StateError('restore-failed', {
      message: 'The backup was taken as a folder (`format: directory`), and the client programs run where the files of this machine are not to be seen.',
      fix: 'Restore it without `through`, with client programs on this machine.',
    })
  }
  const { ambient } = server
  const argv = ['tar', '--extract', '--file=-', '--no-same-owner', `--directory=${into}`] as const
  await ambient.process.run({ what: 'unpack the backup', argv, env: { LC_ALL: 'C' }, stdin: unpacked(backup, ambient), timeoutMs: WHOLE_DAY_MS, batch: true })
}

async function fromFolder(server: Server, into: Restoring, backup: Recognised): Promise<void> {
  const spool = await openSpool(server.ambient)
  try {
    await unpackFolder(server, backup, spool.folder)
    await sideBySide(server, into, `${spool.folder}/dump`)
  } catch (thrown) {
    throw spoolFault(thrown, spool.folder)
  } finally {
    await spool.close()
  }
}

/** As a file, from which several connections can restore at once: that takes the time of writing it, and saves more. */
async function fromFile(server: Server, into: Restoring, backup: Recognised): Promise<void> {
  const { ambient } = server
  const spool = await openSpool(ambient)
  const file = `${spool.folder}/dump`
  try {
    if (backup.packing === 'zstd') {
      await ambient.process.run({ what: 'decompress the backup', argv: [...UNPACK, '-o', file], stdin: backup.content, timeoutMs: WHOLE_DAY_MS, batch: true })
    } else await ambient.files.create(file, unpacked(backup, ambient), { mode: 0o600 })
    await sideBySide(server, into, file)
  } catch (thrown) {
    throw spoolFault(thrown, spool.folder)
  } finally {
    await spool.close()
  }
}

/** Connections that give a partitioned table its keys at once can lock one another out: the server ends one, and one alone can't. */
async function sideBySide(server: Server, into: Restoring, file: string): Promise<void> {
  try {
    await pgRestore(server, into, { file })
  } catch (thrown) {
    const deadlock = into.jobs > 1 && thrown instanceof ProcessError && thrown.tail.some((line) => line.includes('deadlock detected'))
    if (!deadlock) throw thrown
    server.ambient.log.warn(`The ${into.jobs} connections that restored side by side locked one another out, as partitioned tables can make them do. It is restored again, by one.`)
    await into.empty()
    await pgRestore(server, { ...into, jobs: 1 }, { file })
  }
}

/** How large it is shows only when it is unpacked: room is asked for twice what it ought to be. */
async function fitsHere(server: Server, { jobs, bytes = 0 }: Restoring): Promise<boolean> {
  const { ambient, local } = server
  if (jobs < 2 || !local || isLenient(server)) return false
  const [row] = await ask(asking(server), { what: 'look at the size of', code: 'database-refused', sql: 'SELECT json_build_array(pg_database_size(current_database())::text);' })
  const expected = Math.max(Number(row![0]), bytes * PACKED_TO)
  return (await ambient.files.room(ambient.paths.temp)) > expected * 2
}

/** It then goes on after errors, and several connections would each count theirs. */
function isLenient({ clients, major }: Server): boolean {
  return clients.major >= 17 && major < 17
}

async function pgRestore(server: Server, into: Restoring, from: { readonly file: string } | { readonly stdin: () => AsyncIterable<Uint8Array> }): Promise<void> {
  const { address, ambient, clients } = server
  const lenient = isLenient(server)
  const own = address.env['PGOPTIONS']
  const { stderr, exitCode } = await ambient.process.run({
    what: `restore the backup of \`${address.label}\` into \`${into.name}\``,
    argv: [
      clients.pgRestore, '-w', ...(lenient ? [] : ['--exit-on-error']),
      // A subscription would start to pull changes into a copy, and keeps a database from being dropped.
      '--no-subscriptions', ...(into.faithful ? [] : ['--no-owner', '--no-privileges']), `--dbname=${into.name}`,
      ...('file' in from ? [...(into.jobs > 1 && !lenient ? [`--jobs=${into.jobs}`] : []), from.file] : []),
    ],
    env: { ...address.env, PGOPTIONS: own === undefined ? OPTIONS : `${own} ${OPTIONS}` },
    ...('file' in from ? {} : { stdin: from.stdin() }),
    timeoutMs: WHOLE_DAY_MS,
    batch: true,
    accept: lenient ? [0, 1] : [0],
  })
  judge(server, stderr.split('\n').filter((line) => line.trim() !== ''), { lenient, exitCode })
}

/** The server may warn (a publication without logical replication); `pg_restore` itself may not. */
function judge(server: Server, lines: readonly string[], ended: { readonly lenient: boolean; readonly exitCode: number }): void {
  const foreign = ended.lenient ? lines.filter((line) => FOREIGN_SETTING.test(line)).length : 0
  const told = foreign === 0 ? [] : [`pg_restore: warning: errors ignored on restore: ${foreign}`]
  const complaint = lines.find((line) => /^pg_restore: (?:warning|error|fatal)/.test(line) && !told.includes(line) && !(foreign > 0 && FOREIGN_SETTING.test(line)))
  // An exit code of failure needs its explanation.
  if (complaint !== undefined || (ended.exitCode !== 0 && told.every((line) => !lines.includes(line)))) {
    throw new ProcessError('program-failed', { message: 'pg_restore complained', argv: ['pg_restore'], exitCode: ended.exitCode, tail: complaint === undefined ? lines : [complaint] })
  }
  for (const line of lines.filter((said) => /^WARNING:/.test(said))) server.ambient.log.warn(`While restoring, the server said: ${line}`)
}

function restoreFault(thrown: unknown, { address, version }: Server): unknown {
  const mapped = databaseFault(thrown, { address, what: 'restore the backup of', code: 'restore-failed' })
  if (!(mapped instanceof RemoteError) || !(thrown instanceof ProcessError)) return mapped
  const said = thrown.tail.join('\n')
  const extension = /extension "([^"]+)"/.exec(said)?.[1]
  if (extension === undefined || !/permission denied|must be superuser|is not available|can only create extension/.test(said)) return mapped
  return new RemoteError('restore-failed', {
    service: 'PostgreSQL',
    operation: mapped.operation,
    message: mapped.message,
    fix: `Let the user of the database create the extension \`${extension}\` (PostgreSQL ${version}): as a trusted extension, or as a superuser.`,
  })
}
