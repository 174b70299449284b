import type { Vitals } from '../../../../domain/vitals.js'
import { lookAt } from './look.js'
import { bytesOf } from './memory-words.js'
import { instanceOf } from './record.js'
import { hostClock } from './tell.js'
import { inUse, LOOK_MS, named, type Site } from './site.js'

/** Reading what memory is used takes the engine a second or two. */
const STATS_MS = 30_000

/** How the containers of stable and candidate have fared; restarts until a release was first healthy were its launch's. */
export async function vitals(site: Site, { since, memory }: { readonly since: number; readonly memory: boolean }): Promise<readonly Vitals[]> {
  const seen = await lookAt(site)
  const used = inUse(seen.wish)
  const own = seen.containers.filter(({ instance }) => instance !== undefined && used.has(instance))
  const running = own.filter((one) => one.running).map(({ name }) => name)
  const [killed, bytes] = await Promise.all([outOfMemory(site, since), memory && running.length > 0 ? memoryOf(site, running) : new Map<string, number>()])
  return own.flatMap(({ name, instance, restarts, outOfMemory: now }): readonly Vitals[] => {
    const launch = instanceOf(seen.record, instance)
    if (launch === undefined) return []
    const memoryBytes = bytes.get(name)
    const again = Math.max(0, restarts - (launch.restarts ?? 0))
    // The engine forgets what it says of a container when that is started again; its events do not, as far as they reach.
    const times = Math.max(killed.names.filter((one) => one === name).length, now ? 1 : 0)
    return [{
      version: launch.release.version,
      instance: name,
      restarts: again,
      // Why it was started again is not known any more: that is not never.
      ...(times === 0 && again > 0 && !killed.whole ? {} : { outOfMemory: times }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
    }]
  })
}

interface Killed {
  /** Of containers that were killed for it, once for each time. */
  readonly names: readonly string[]
  /** The engine still knows all of the time that was asked for. */
  readonly whole: boolean
}

/** The engine keeps its last 256 events, whatever they are of, and none when it is started again: the times of all are read, to see how far back they reach. */
async function outOfMemory(site: Site, since: number): Promise<Killed> {
  const { now, ahead } = await hostClock(site)
  const there = since + ahead
  const { stdout } = await site.engine.run({
    what: named(site, 'read which containers ran out of memory'),
    argv: ['events', '--since', '0', '--until', (now / 1000).toFixed(3), '--format', '{{.TimeNano}}{{if eq .Action "oom"}}\t{{index .Actor.Attributes "ecluse.scope"}}\t{{index .Actor.Attributes "name"}}{{end}}'],
    timeoutMs: LOOK_MS,
  })
  const all = stdout.split('\n').filter((line) => line !== '').map((line) => {
    const [nanoseconds, scope, name = ''] = line.split('\t')
    return { at: Number(nanoseconds) / 1_000_000, scope, name }
  })
  return {
    names: all.filter(({ at, scope }) => scope === site.scope && at >= there).map(({ name }) => name),
    whole: all.some(({ at }) => at <= there),
  }
}

async function memoryOf(site: Site, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await site.engine.run({ what: named(site, 'read the memory'), argv: ['stats', '--no-stream', '--format', '{{.Name}}\t{{.MemUsage}}', ...names], timeoutMs: STATS_MS })
  return new Map(stdout.split('\n').flatMap((line) => {
    const [name = '', used = ''] = line.split('\t')
    const bytes = bytesOf(used)
    return bytes === undefined ? [] : [[name, bytes] as const]
  }))
}
