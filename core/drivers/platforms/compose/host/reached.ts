import { StateError } from '../../../../errors/families.js'
import { armState, containersFor, type Seen } from './look.js'
import { instanceOf, type Instance } from './record.js'
import { LOOK_MS, named, until, type Site } from './site.js'
import { stateOf } from './wishes.js'

/** Longer than the 5 s to 10 s for which fronts that look names up by themselves keep them. */
const ARRIVES_WITHIN_MS = 20_000
/** A front that takes one of several addresses may take another when it asks again. */
const ASKED_AGAIN_MS = 3000
/** At once, since a front that keeps connections goes on using the one it has. */
const AT_ONCE = 6

/**
 * Requests to the users' own address arrive at this host's edge, by its own count. A front that looked the service's name up before,
 * and does so never again, would go on sending them to an address that is the old container's, and then anybody's.
 * `lookUpAgain` has the front ask for the name once more.
 */
export async function reachedFromOutside(site: Site, instance: Instance, names: readonly string[], lookUpAgain: () => Promise<void>): Promise<void> {
  const { url, options, ambient } = site
  if (url === '') return
  const counted = async (): Promise<number> => armState(await stateOf(site), instance.id)?.requests ?? 0
  const before = await counted()
  let told = ambient.clock.now()
  const ask = (path: string): Promise<unknown> => ambient.http.request({ what: 'see whether requests reach the edge', method: 'GET', url: `${url.replace(/\/+$/, '')}${path}`, timeoutMs: 2000 })
  const arrived = await until(async () => {
    await Promise.allSettled(Array.from({ length: AT_ONCE }, (_, number) => ask(number % 2 === 0 ? options.healthPath : '/')))
    ambient.signal.throwIfAborted()
    if ((await counted()) > before) return true
    if (ambient.clock.now() - told >= ASKED_AGAIN_MS) {
      await lookUpAgain()
      told = ambient.clock.now()
    }
    return undefined
  }, ARRIVES_WITHIN_MS, ambient)
  if (arrived === true) return
  throw new StateError('edge-failed', {
    message: `No request to ${url} came to the edge within ${ARRIVES_WITHIN_MS / 1000} s: what is in front goes on using the address that ${names.join(', ')} has.`,
    fix: 'Name its service (your nginx) in `edge.reload`, or have it look names up by itself; the page on compose says how.',
  })
}

/** Each container's networks on a line of its own. */
const NETWORKS = '{{range $name, $one := .NetworkSettings.Networks}}{{$name}}\t{{end}}'

/**
 * Before the edge is set up anew: it shares a network with what serves. Under another project name, say, the compose files mean
 * other networks, and an edge there would have nobody to send requests to.
 */
export async function staysInReach(site: Site, seen: Seen): Promise<void> {
  const stable = instanceOf(seen.record, seen.wish?.stable?.instance)
  const names = stable === undefined ? [] : containersFor(seen, stable).map(({ name }) => name)
  if (stable === undefined || names.length === 0) return
  const { networks, project } = await site.stack()
  const { stdout } = await site.engine.run({ what: named(site, 'look at the networks of stable'), argv: ['inspect', '--type', 'container', '--format', NETWORKS, ...names], timeoutMs: LOOK_MS, accept: [0, 1] })
  const there = stdout.split('\n').filter((line) => line !== '').map((line) => line.split('\t').filter((name) => name !== ''))
  if (there.every((own) => own.some((name) => networks.some((network) => network.name === name)))) return
  const told = (all: readonly string[]): string => [...new Set(all)].map((name) => `\`${name}\``).join(', ')
  throw new StateError('compose-invalid', {
    message: `${named(site, `Stable ${stable.release.version}`)} is on ${told(there.flat())}, and by the compose files (project \`${project}\`) the edge would be on ${told(networks.map(({ name }) => name))}: it could not reach it.`,
    fix: 'If the project has another name on the host, say it with `name:` in the compose file or with `project`. To move to another network, deliver once with both under `networks`.',
  })
}

/** An edge that was made anew can have another address: fronts that keep the one they found are sent a SIGHUP. */
export async function lookedUpAnew(site: Site): Promise<void> {
  const { project, reload } = await site.stack()
  for (const service of reload) {
    const argv = ['ps', '--quiet', '--filter', `label=com.docker.compose.project=${project}`, '--filter', `label=com.docker.compose.service=${service}`]
    const { stdout } = await site.engine.run({ what: named(site, `look for ${service}`), argv, timeoutMs: LOOK_MS })
    const ids = stdout.split('\n').filter((line) => line !== '')
    if (ids.length > 0) await site.engine.run({ what: named(site, `reload ${service}`), argv: ['kill', '--signal', 'HUP', ...ids], timeoutMs: LOOK_MS, accept: [0, 1] })
  }
}
