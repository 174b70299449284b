import { edgeContainer, edgePlaces, encodeWish, type EdgeSetup } from '../../../../domain/edge-control/index.js'
import { edgeConfiguration, keeperProgram } from '../edge/index.js'
import { edgeCalls, MOST_REPLICAS } from '../model/index.js'
import { lookAt, type Seen } from './look.js'
import { writtenRecord } from './record.js'
import { CHANGE_MS, LOOK_MS, named, PULL_MS, until, type Site } from './site.js'
import { deaf, stateOf } from './wishes.js'

const UP_WITHIN_MS = 20_000

/** The edge runs as it should be set up. What it serves meanwhile goes on, unless its container itself has to be another one. */
export async function ensureEdge(site: Site, seen: Seen): Promise<void> {
  const there = await madeEdge(site, seen)
  if (there.edge?.running !== true) return startEdge(site)
  await refresh(site)
}

/** Its container is there with all its files, be it running or not. */
export async function madeEdge(site: Site, seen: Seen): Promise<Seen> {
  const { engine, scope, ambient } = site
  const name = edgeContainer(scope)
  const calls = edgeCalls({ scope, stack: await site.stack(), options: site.options, setup: await setupOf(site) })
  if (seen.edge !== undefined) {
    const { stdout } = await engine.run({ what: named(site, 'look at the edge'), argv: ['inspect', '--format', '{{index .Config.Labels "ecluse.setup"}}', name], timeoutMs: LOOK_MS })
    if (stdout.trim() === calls.setup) return seen
    ambient.log.warn(`${named(site, 'The edge')} is set up anew, as the configuration has changed: no request is answered for about a second.`)
    await engine.run({ what: named(site, 'take the former edge away'), argv: ['rm', '--force', name], timeoutMs: CHANGE_MS })
  }
  await engine.run({ what: named(site, 'create the edge'), argv: calls.create, timeoutMs: PULL_MS })
  for (const argv of calls.connect) await engine.run({ what: named(site, 'connect the edge'), argv, timeoutMs: LOOK_MS })
  await writeFiles(site)
  // Its volume may hold the wish and the record of the edge before.
  if (seen.wish === undefined && await engine.read(name, edgePlaces.wish) === undefined) await engine.write(name, edgePlaces.wish, encodeWish({ revision: 1, weight: 0 }))
  if (await engine.read(name, edgePlaces.record) === undefined) await engine.write(name, edgePlaces.record, writtenRecord(seen.record))
  return lookAt(site)
}

export async function startEdge(site: Site): Promise<void> {
  const before = (await stateOf(site))?.at ?? 0
  await site.engine.run({ what: named(site, 'start the edge'), argv: ['start', edgeContainer(site.scope)], timeoutMs: CHANGE_MS })
  const up = await until(async () => {
    const state = await stateOf(site)
    return state !== undefined && state.at > before && state.revision > 0 ? state : undefined
  }, UP_WITHIN_MS, site.ambient)
  if (up === undefined) throw await deaf(site, `did not come up within ${UP_WITHIN_MS / 1000} s`)
}

/** A newer version of ours may have another configuration: HAProxy takes it up by itself, old connections end with the old one. */
async function refresh(site: Site): Promise<void> {
  const { engine, scope } = site
  const name = edgeContainer(scope)
  const [configuration, keeper] = await Promise.all([engine.read(name, edgePlaces.configuration), engine.read(name, edgePlaces.keeper)])
  if (configuration === edgeConfiguration(await setupOf(site)) && keeper === keeperProgram) return
  const before = (await stateOf(site))?.at ?? 0
  await writeFiles(site)
  await engine.run({ what: named(site, 'have the edge take up its new configuration'), argv: ['kill', '--signal', 'USR2', name], timeoutMs: LOOK_MS })
  const heard = await until(async () => {
    const state = await stateOf(site)
    return state !== undefined && state.at > before ? state : undefined
  }, UP_WITHIN_MS, site.ambient)
  if (heard === undefined) throw await deaf(site, 'did not take up its new configuration')
}

async function writeFiles(site: Site): Promise<void> {
  const { engine, scope } = site
  await engine.write(edgeContainer(scope), edgePlaces.keeper, keeperProgram)
  await engine.write(edgeContainer(scope), edgePlaces.configuration, edgeConfiguration(await setupOf(site)))
}

/** The edge takes the place of the service under its name, so it listens on the same port. */
async function setupOf(site: Site): Promise<EdgeSetup> {
  const { healthPath, sticky, edge } = site.options
  const { port } = await site.stack()
  return {
    port, slots: MOST_REPLICAS, healthPath, sticky,
    ...(edge.certificate === undefined ? {} : { tls: { port: port === TLS_PORT ? TLS_PORT + 1 : TLS_PORT, file: CERTIFICATE } }),
  }
}

const TLS_PORT = 8443
/** Where the user's certificate is mounted in the edge. */
export const CERTIFICATE = '/etc/ecluse/certificate.pem'
