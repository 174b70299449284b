import { ProcessError, StateError } from '../../../errors/families.js'
import type { Command } from '../../../ports/process.js'
import { recognised, unpacked } from './compression.js'
import { WHOLE_DAY_MS } from './psql.js'
import { unpackFolder } from './restore.js'
import type { Server } from './server.js'
import { openSpool, spoolFault } from './spool.js'
import { toTheEnd } from './whole.js'

/** What `pg_restore` says of each object it comes across. */
const ENTRY = /^pg_restore: (?:creating|processing data for|executing) /

/** Has `pg_restore` read a backup to its end and write it nowhere; how many objects it came across. */
export async function countEntries(server: Server, content: AsyncIterable<Uint8Array>): Promise<number> {
  const { ambient } = server
  const whole = toTheEnd(content)
  try {
    const backup = await recognised(whole.content, ambient)
    const entries = backup.format === 'directory'
      ? await inFolder(server, async (folder) => {
        await unpackFolder(server, backup, folder)
        return listed(server, { file: `${folder}/dump` })
      })
      : await listed(server, { stdin: () => unpacked(backup, ambient) })
    await whole.rest()
    return entries
  } catch (thrown) {
    await whole.close()
    if (!(thrown instanceof ProcessError) || thrown.code !== 'program-failed') throw thrown
    throw new StateError('backup-corrupt', { message: `The backup can not be read to its end: "${thrown.tail.at(-1) ?? thrown.message}".`, cause: thrown })
  }
}

async function listed({ ambient, clients }: Server, from: { readonly file: string } | { readonly stdin: () => AsyncIterable<Uint8Array> }): Promise<number> {
  let entries = 0
  const command: Command = {
    what: 'read the backup',
    argv: [clients.pgRestore, '--verbose', '--file=/dev/null', ...('file' in from ? [from.file] : [])],
    env: { LC_ALL: 'C' },
    timeoutMs: WHOLE_DAY_MS,
    onErrorLine: (line) => {
      if (ENTRY.test(line)) entries += 1
    },
  }
  await ambient.process.run('file' in from ? command : { ...command, stdin: from.stdin() })
  return entries
}

async function inFolder<T>({ ambient }: Server, work: (folder: string) => Promise<T>): Promise<T> {
  const spool = await openSpool(ambient)
  try {
    return await work(spool.folder)
  } catch (thrown) {
    throw spoolFault(thrown, spool.folder)
  } finally {
    await spool.close()
  }
}
