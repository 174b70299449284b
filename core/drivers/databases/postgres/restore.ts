import { ProcessError, RemoteError } from '../../../errors/families.js'
import { unpacked } from './compression.js'
import { databaseFault } from './faults.js'
import { WHOLE_DAY_MS } from './psql.js'
import type { Server } from './server.js'

/**
 * Settings of the restoring sessions. Nothing waits for the disk at each of thousands of small commits; the rename that
 * makes a copy the real database is a commit that waits for all of them.
 */
const OPTIONS = '-c synchronous_commit=off'

/**
 * `pg_restore` 17 and newer begin with a setting that servers before 17 do not know. It changes nothing, so this one error is
 * let pass, which takes going on after errors; any other still fails the restore, only later.
 */
const FOREIGN_SETTING = /^pg_restore: error: could not execute query: ERROR:\s+unrecognized configuration parameter "transaction_timeout"$/

/** Restores a backup into an empty database; anything `pg_restore` complains about is a failure. */
export async function restoreInto(server: Server, into: { readonly name: string; readonly faithful: boolean }, content: AsyncIterable<Uint8Array>): Promise<void> {
  const { address, ambient, clients } = server
  // A subscription would start to pull changes into a copy, and keeps a database from being dropped.
  const left = ['--no-subscriptions', ...(into.faithful ? [] : ['--no-owner', '--no-privileges'])]
  const own = address.env['PGOPTIONS']
  const lenient = clients.major >= 17 && server.major < 17
  try {
    const { stderr, exitCode } = await ambient.process.run({
      what: `restore the backup of \`${address.label}\` into \`${into.name}\``,
      argv: [clients.pgRestore, '-w', ...(lenient ? [] : ['--exit-on-error']), ...left, `--dbname=${into.name}`],
      env: { ...address.env, PGOPTIONS: own === undefined ? OPTIONS : `${own} ${OPTIONS}` },
      stdin: unpacked(content, ambient),
      timeoutMs: WHOLE_DAY_MS,
      accept: lenient ? [0, 1] : [0],
    })
    judge(server, stderr.split('\n').filter((line) => line.trim() !== ''), { lenient, exitCode })
  } catch (thrown) {
    throw restoreFault(thrown, server)
  }
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
