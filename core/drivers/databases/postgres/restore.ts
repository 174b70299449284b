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

/** Restores a backup into an empty database; anything `pg_restore` complains about is a failure. */
export async function restoreInto(server: Server, into: { readonly name: string; readonly faithful: boolean }, content: AsyncIterable<Uint8Array>): Promise<void> {
  const { address, ambient, clients } = server
  // A subscription would start to pull changes into a copy, and keeps a database from being dropped.
  const left = ['--no-subscriptions', ...(into.faithful ? [] : ['--no-owner', '--no-privileges'])]
  const own = address.env['PGOPTIONS']
  try {
    const { stderr } = await ambient.process.run({
      what: `restore the backup of \`${address.label}\` into \`${into.name}\``,
      argv: [clients.pgRestore, '-w', '--exit-on-error', ...left, `--dbname=${into.name}`],
      env: { ...address.env, PGOPTIONS: own === undefined ? OPTIONS : `${own} ${OPTIONS}` },
      stdin: unpacked(content, ambient),
      timeoutMs: WHOLE_DAY_MS,
    })
    judge(server, stderr.split('\n').filter((line) => line.trim() !== ''))
  } catch (thrown) {
    throw restoreFault(thrown, server)
  }
}

/** The server may warn (a publication without logical replication); `pg_restore` itself may not. */
function judge(server: Server, lines: readonly string[]): void {
  const complaint = lines.findLast((line) => /^pg_restore: (?:warning|error)/.test(line))
  if (complaint !== undefined) throw new ProcessError('program-failed', { message: complaint, argv: ['pg_restore'], exitCode: 0, tail: lines })
  for (const line of lines) server.ambient.log.warn(`While restoring, the server said: ${line}`)
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
