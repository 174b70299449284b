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
    const memoryBytes = bytes.get(name)
    return launch === undefined ? [] : [{
      version: launch.release.version,
      instance: name,
      restarts: Math.max(0, restarts - (launch.restarts ?? 0)),
      // The engine forgets what it says of a container when that is started again; its events do not.
      outOfMemory: Math.max(killed.filter((one) => one === name).length, now ? 1 : 0),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
    }]
  })
}

/** Names of containers that were killed for it, once for each time. */
async function outOfMemory(site: Site, since: number): Promise<readonly string[]> {
  const { now, ahead } = await hostClock(site)
  const seconds = (ms: number): string => (ms / 1000).toFixed(3)
  const { stdout } = await site.engine.run({
    what: named(site, 'read which containers ran out of memory'),
    argv: ['events', '--since', seconds(Math.max(0, since + ahead)), '--until', seconds(now), '--filter', `label=ecluse.scope=${site.scope}`, '--filter', 'type=container', '--filter', 'event=oom', '--format', '{{.Actor.Attributes.name}}'],
    timeoutMs: LOOK_MS,
  })
  return stdout.split('\n').filter((line) => line !== '')
}

async function memoryOf(site: Site, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await site.engine.run({ what: named(site, 'read the memory'), argv: ['stats', '--no-stream', '--format', '{{.Name}}\t{{.MemUsage}}', ...names], timeoutMs: STATS_MS })
  return new Map(stdout.split('\n').flatMap((line) => {
    const [name = '', used = ''] = line.split('\t')
    const bytes = bytesOf(used)
    return bytes === undefined ? [] : [[name, bytes] as const]
  }))
}
