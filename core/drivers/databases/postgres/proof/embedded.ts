import type { Ambient } from '../../../../ports/ambient.js'
import type { ScratchHost } from '../../../../ports/scratch-host.js'
import { serverOf, type Server } from '../server.js'
import { endCluster, startCluster, sweepClusters, type Cluster } from './cluster.js'
import { scratchLike } from './likeness.js'
import { programsFor } from './programs.js'

const PLACE = 'a throw-away cluster on this machine'
const END_MS = 8000

/** A cluster made with `initdb`, on a socket in a folder of its own; no port is opened. */
export function embeddedHost(original: () => Promise<Server>, programs: string | undefined, ambient: Ambient): ScratchHost {
  let cluster: Promise<Cluster> | undefined
  let server: Promise<Server> | undefined
  const start = async (): Promise<Server> => {
    const { clients, major } = await original()
    cluster = programsFor(programs, major, ambient).then((found) => startCluster(found, ambient))
    const { socket, user } = await cluster
    const url = `postgres://${user}@localhost/postgres?host=${encodeURIComponent(socket)}`
    return serverOf({ url, label: PLACE, atLeast: clients.major }, ambient)()
  }
  return {
    place: PLACE,
    async scratch(like) {
      const there = await (server ??= start())
      return scratchLike(like, await original(), there, { place: PLACE, ours: true })
    },
    sweep: () => sweepClusters(programs, ambient),
    async close() {
      // One that did not start has taken itself away.
      const started = await cluster?.catch(() => undefined)
      cluster = undefined
      if (started !== undefined) await endCluster(started, ambient.shielded(END_MS))
    },
  }
}
