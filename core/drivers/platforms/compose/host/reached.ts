import { StateError } from '../../../../errors/families.js'
import type { Instance } from './record.js'
import { armState } from './look.js'
import { until, type Site } from './site.js'
import { stateOf } from './wishes.js'

/** Longer than the 5 s to 10 s for which fronts that look names up by themselves keep them. */
const ARRIVES_WITHIN_MS = 20_000
/** At once, since a front that keeps connections goes on using the one it has. */
const AT_ONCE = 6

/**
 * Requests to the users' own address arrive at this host's edge, by its own count. A front that looked the service's name up before,
 * and does so never again, would go on sending them to an address that is the old container's, and then anybody's.
 */
export async function reachedFromOutside(site: Site, instance: Instance, names: readonly string[]): Promise<void> {
  const { url, options, ambient } = site
  if (url === '') return
  const counted = async (): Promise<number> => armState(await stateOf(site), instance.id)?.requests ?? 0
  const before = await counted()
  const ask = (path: string): Promise<unknown> => ambient.http.request({ what: 'see whether requests reach the edge', method: 'GET', url: `${url.replace(/\/+$/, '')}${path}`, timeoutMs: 2000 })
  const arrived = await until(async () => {
    await Promise.allSettled(Array.from({ length: AT_ONCE }, (_, number) => ask(number % 2 === 0 ? options.healthPath : '/')))
    ambient.signal.throwIfAborted()
    return (await counted()) > before ? true : undefined
  }, ARRIVES_WITHIN_MS, ambient)
  if (arrived === true) return
  throw new StateError('edge-failed', {
    message: `No request to ${url} came to the edge within ${ARRIVES_WITHIN_MS / 1000} s: what is in front goes on using the address that ${names.join(', ')} has.`,
    fix: 'Name its service (your nginx) in `edge.reload`, or have it look names up by itself; the page on compose says how.',
  })
}
