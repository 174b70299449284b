import { ProcessError, StateError } from '../../../errors/families.js'
import { unpacked } from './compression.js'
import { WHOLE_DAY_MS } from './psql.js'
import type { Server } from './server.js'

/** What `pg_restore` says of each object it comes across. */
const ENTRY = /^pg_restore: (?:creating|processing data for|executing) /

/** Has `pg_restore` read a backup to its end and write it nowhere; how many objects it came across. */
export async function countEntries(server: Server, content: AsyncIterable<Uint8Array>): Promise<number> {
  const { ambient, clients } = server
  let entries = 0
  const onErrorLine = (line: string): void => {
    if (ENTRY.test(line)) entries += 1
  }
  try {
    await ambient.process.run({
      what: 'read the backup', argv: [clients.pgRestore, '--verbose', '--file=/dev/null'], env: { LC_ALL: 'C' }, stdin: unpacked(content, ambient), timeoutMs: WHOLE_DAY_MS, onErrorLine,
    })
  } catch (thrown) {
    if (!(thrown instanceof ProcessError) || thrown.code !== 'program-failed') throw thrown
    throw new StateError('backup-corrupt', { message: `The backup can not be read to its end: "${thrown.tail.at(-1) ?? thrown.message}".`, cause: thrown })
  }
  return entries
}
