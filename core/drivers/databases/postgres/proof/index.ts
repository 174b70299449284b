import type { BackupPolicy } from '../../../../domain/backup.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { ScratchHost } from '../../../../ports/scratch-host.js'
import { makeScratch, sweepScratches } from '../scratch.js'
import { serverOf, type Server } from '../server.js'
import { containerHost } from './container.js'
import { embeddedHost } from './embedded.js'
import { scratchLike } from './likeness.js'

/** Where copies are restored for proof. Nothing is started before the first copy is asked for. */
export function openScratchHost(policy: Pick<BackupPolicy, 'database' | 'through' | 'ca' | 'proveIn'>, ambient: Ambient): Promise<ScratchHost> {
  const { database: url, through, ca, proveIn } = policy
  const original = serverOf({ url, ...(through === undefined ? {} : { through }), ...(ca === undefined ? {} : { ca }) }, ambient)
  if (proveIn.kind === 'same') return Promise.resolve(sameHost(original))
  if (proveIn.kind === 'container') return Promise.resolve(containerHost(original, proveIn.image, ambient))
  if (proveIn.kind === 'embedded') return Promise.resolve(embeddedHost(original, proveIn.programs, ambient))
  return Promise.resolve(serverHost(original, { url: proveIn.url, ...(ca === undefined || !checks(proveIn.url) ? {} : { ca }) }, ambient))
}

function sameHost(original: () => Promise<Server>): ScratchHost {
  return {
    place: 'the same server',
    scratch: async () => makeScratch(await original()),
    sweep: async (named) => sweepScratches(await original(), named),
    close: () => Promise.resolve(),
  }
}

function serverHost(original: () => Promise<Server>, reach: { readonly url: string; readonly ca?: string }, ambient: Ambient): ScratchHost {
  let known: (() => Promise<Server>) | undefined
  const server = async (): Promise<Server> => {
    // What one `pg_dump` wrote, an older `pg_restore` can not read.
    const { clients } = await original()
    known ??= serverOf({ ...reach, label: 'the server of `verify-in`', atLeast: clients.major }, ambient)
    return known()
  }
  return {
    place: 'another server',
    async scratch(like) {
      const there = await server()
      return scratchLike(like, await original(), there, { place: 'the server of `verify-in`', ours: false })
    },
    sweep: async (named) => sweepScratches(await server(), named),
    close: () => Promise.resolve(),
  }
}

/** The signer is the one of both when the other address asks for a check and names none. */
function checks(url: string): boolean {
  return /[?&]sslmode=verify-(?:ca|full)\b/.test(url) && !/[?&]sslrootcert=/.test(url)
}
