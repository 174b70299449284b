import type { FlushCache } from '../domain/environment.js'
import { EcluseError } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Cache } from '../ports/cache.js'
import type { CommandResult } from './user-command.js'

/** What the work needs of the world: the user's command, or the cache by its address. */
export interface Emptying {
  readonly command: (what: string, script: string) => Promise<CommandResult>
  readonly cache: (url: string) => Promise<Cache>
}

/** Empties the caches. What went wrong is an answer: the data came back all the same. Rejects when the run was cancelled. */
export async function emptyCaches(how: FlushCache, { command, cache }: Emptying, ambient: Ambient): Promise<CommandResult> {
  const what = 'empty the caches'
  if (typeof how === 'string') return command(what, how)
  ambient.log.step(what)
  try {
    const opened = await cache(how.redis)
    const { keys } = await opened.flush()
    const line = `Emptied the cache ${opened.place}: ${keys} ${keys === 1 ? 'key' : 'keys'}.`
    ambient.log.info(line)
    return { lastLines: [line] }
  } catch (fault) {
    if (!(fault instanceof EcluseError) || fault.code === 'aborted') throw fault
    return { why: `${fault.message} ${fault.fix}`, lastLines: [] }
  }
}
