import { decodeState, edgeContainer, edgePlaces, encodeWish, type EdgeSetup } from '../../../../domain/edge-control/index.js'
import { messageOf } from '../../../../errors/families.js'
import { edgeConfiguration, keeperProgram, madeOf } from '../edge/index.js'
import { edgeCalls, MOST_REPLICAS, type EdgeCalls } from '../model/index.js'
import { lookAt, type Seen } from './look.js'
import { lookedUpAnew, staysInReach } from './reached.js'
import { rehearsed } from './rehearse.js'
import { writtenRecord } from './record.js'
import { CHANGE_MS, LOOK_MS, named, nameOf, PULL_MS, until, type Site } from './site.js'
import { deaf, stateOf } from './wishes.js'

const UP_WITHIN_MS = 20_000

/** The edge runs as it should be set up. What it serves meanwhile goes on, unless its container itself has to be another one. */
export async function ensureEdge(site: Site, seen: Seen): Promise<void> {
  const there = await madeEdge(site, seen)
  if (there.edge?.running === true) await refresh(site, there)
  else await startEdge(site, there)
  if (seen.edge !== undefined && seen.edge.setup !== there.edge?.setup) await lookedUpAnew(site)
}

/** Its container is there with all its files, be it running or not. */
export async function madeEdge(site: Site, seen: Seen): Promise<Seen> {
  const { engine, scope, ambient } = site
  const name = edgeContainer(scope)
  const calls = edgeCalls({ scope, stack: await site.stack(), options: site.options, setup: await setupOf(site) })
  if (seen.edge !== undefined) {
    if (seen.edge.setup === calls.setup) return seen
    await staysInReach(site, seen)
    // Nobody serves from here until the new one does: what takes long, or may fail, comes before.
    await fetched(site)
    await rehearsed(site, await filesOf(site))
    ambient.log.warn(`${named(site, 'The edge')} is set up anew, as the configuration has changed: no request is answered for about a second.`)
    await engine.run({ what: named(site, 'take the former edge away'), argv: ['rm', '--force', name], timeoutMs: CHANGE_MS })
  }
  if (!(await created(site, calls))) return untilMade(site)
  // Its volume may hold the wish and the record of the edge before.
  const found = await lookAt(site)
  await engine.writeFiles(name, edgePlaces.folder, {
    ...(await filesOf(site)),
    ...(found.wish === undefined ? { [nameOf(edgePlaces.wish)]: encodeWish({ revision: 1, weight: 0 }) } : {}),
    ...(nameOf(edgePlaces.record) in found.files ? {} : { [nameOf(edgePlaces.record)]: writtenRecord(seen.record) }),
  })
  return lookAt(site)
}

/** The edge's image is on the host. */
async function fetched(site: Site): Promise<void> {
  const { image } = site.options.edge
  const there = await site.engine.run({ what: named(site, 'look for the image of the edge'), argv: ['image', 'inspect', '--format', '{{.Id}}', image], timeoutMs: LOOK_MS, accept: [0, 1] })
  if (there.exitCode !== 0) await site.engine.run({ what: named(site, 'fetch the image of the edge'), argv: ['pull', '--quiet', image], timeoutMs: PULL_MS })
}

/** `false`: somebody else was quicker. */
async function created(site: Site, calls: EdgeCalls): Promise<boolean> {
  try {
    await site.engine.run({ what: named(site, 'create the edge'), argv: calls.create, timeoutMs: PULL_MS })
  } catch (fault) {
    if (messageOf(fault).includes('is already in use by container')) return false
    throw fault
  }
  for (const argv of calls.connect) await site.engine.run({ what: named(site, 'connect the edge'), argv, timeoutMs: LOOK_MS })
  return true
}

/** Whoever made it puts its files in at once. */
async function untilMade(site: Site): Promise<Seen> {
  const made = await until(async () => {
    const seen = await lookAt(site)
    return seen.wish === undefined ? undefined : seen
  }, UP_WITHIN_MS, site.ambient)
  if (made === undefined) throw await deaf(site, 'was made by somebody else, and has no wish')
  return made
}

export async function startEdge(site: Site, seen: Seen): Promise<void> {
  const before = toldAt(seen)
  await site.engine.run({ what: named(site, 'start the edge'), argv: ['start', edgeContainer(site.scope)], timeoutMs: CHANGE_MS })
  const up = await until(async () => {
    const state = await stateOf(site)
    return state !== undefined && state.at !== before && state.revision > 0 ? state : undefined
  }, UP_WITHIN_MS, site.ambient)
  if (up === undefined) throw await deaf(site, `did not come up within ${UP_WITHIN_MS / 1000} s`)
}

/** What the edge said last, be it running or not. */
function toldAt({ files }: Seen): number {
  return decodeState(files[nameOf(edgePlaces.state)] ?? '')?.at ?? 0
}

/** A newer version of ours may have another configuration: HAProxy takes it up by itself, old connections end with the old one. */
async function refresh(site: Site, seen: Seen): Promise<void> {
  const { engine, scope } = site
  const name = edgeContainer(scope)
  const wanted = await filesOf(site)
  const made = madeOf(wanted[nameOf(edgePlaces.configuration)] ?? '')
  // The files alone prove nothing: a run that was killed may have written them and told nobody.
  if (seen.state?.made === made && Object.entries(wanted).every(([file, text]) => seen.files[file] === text)) return
  await engine.writeFiles(name, edgePlaces.folder, wanted)
  await engine.run({ what: named(site, 'have the edge take up its new configuration'), argv: ['kill', '--signal', 'USR2', name], timeoutMs: LOOK_MS })
  const heard = await until(async () => {
    const state = await stateOf(site)
    return state?.made === made ? state : undefined
  }, UP_WITHIN_MS, site.ambient)
  if (heard !== undefined) return
  // What runs still does so by the former files, and would not start again by these.
  const former = Object.fromEntries(Object.keys(wanted).flatMap((file) => (seen.files[file] === undefined ? [] : [[file, seen.files[file]]])))
  await engine.writeFiles(name, edgePlaces.folder, former)
  throw await deaf(site, 'did not take up its new configuration')
}

async function filesOf(site: Site): Promise<Readonly<Record<string, string>>> {
  return { [nameOf(edgePlaces.keeper)]: keeperProgram, [nameOf(edgePlaces.configuration)]: edgeConfiguration(await setupOf(site)) }
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
