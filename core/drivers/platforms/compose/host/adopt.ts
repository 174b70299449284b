import { edgeContainer, edgePlaces, encodeWish } from '../../../../domain/edge-control/index.js'
import { settingsText, type Release } from '../../../../domain/release.js'
import { StateError, messageOf } from '../../../../errors/families.js'
import { legacyContainers, type Legacy } from '../model/index.js'
import { madeEdge, startEdge } from './edge.js'
import { planInstance, untilReached } from './launch.js'
import { remove, start, untilHealthy } from './instances.js'
import { containersFor, lookAt, type Seen } from './look.js'
import { armOf, withInstance, type Instance } from './record.js'
import { CHANGE_MS, keepRecord, named, type Site } from './site.js'

/** What serves here and was started by the user's own `docker compose up`; `undefined` when nothing does. */
export async function legacyOf(site: Site): Promise<Legacy | undefined> {
  return legacyContainers(await site.stack(), site.engine)
}

/** The release that it is, as far as its image says. */
export function legacyRelease({ app, ambient }: Site, { image, version }: Legacy): Release {
  return { app, version, commit: '', images: { [app]: image }, serving: app, settings: {}, settingsHash: ambient.files.sha256(settingsText({})) }
}

/**
 * Takes over what serves: the same image is started beside it from the same compose files, without its ports; then the old
 * containers stop and the edge starts on their ports with the copy behind it. Only between these two nobody answers. Whatever
 * fails before or in between, the old containers serve again.
 */
export async function adopt(site: Site, before: Seen, legacy: Legacy, healthyWithinMs: number): Promise<void> {
  const { ambient, engine, scope } = site
  const release = legacyRelease(site, legacy)
  ambient.log.step(`Take over ${legacy.names.join(', ')} (${release.version}) on ${engine.name}`)
  const seen = await madeEdge(site, before)
  const instance = await planInstance(site, seen, release)
  try {
    await keepRecord(site, withInstance(seen.record, instance))
    await start(site, instance, seen)
    await untilHealthy(site, instance, healthyWithinMs)
    await engine.write(edgeContainer(scope), edgePlaces.wish, encodeWish({ revision: (seen.wish?.revision ?? 0) + 1, stable: armOf(instance), weight: 0 }))
    const gapMs = await changeOver(site, seen, { legacy, instance }, healthyWithinMs)
    ambient.log.info(gapMs === 0 ? 'Taken over without a gap.' : `Taken over; for ${gapMs} ms at most nobody answered.`)
    await keepRecord(site, withInstance((await lookAt(site)).record, { ...instance, servedAt: ambient.clock.now() }))
  } catch (fault) {
    await undo(site, legacy, instance)
    throw new StateError('edge-failed', { message: `${named(site, 'The take-over')} did not succeed; ${legacy.names.join(', ')} serves again. ${messageOf(fault)}`, cause: fault })
  }
  // They would come back with the engine, beside the edge.
  await engine.run({ what: named(site, 'keep the former containers from starting again'), argv: ['update', '--restart', 'no', ...legacy.names], timeoutMs: CHANGE_MS })
}

/** Milliseconds in which nobody listened. */
async function changeOver(site: Site, seen: Seen, { legacy, instance }: { readonly legacy: Legacy; readonly instance: Instance }, withinMs: number): Promise<number> {
  const { clock } = site.ambient
  if (!legacy.publishes) {
    // Others find the service by its name, which both have for a while.
    await startEdge(site, seen)
    await untilReached(site, instance, withinMs)
    await lookedUpAgain(site, legacy)
    await stopLegacy(site, legacy)
    return 0
  }
  const begun = clock.now()
  await stopLegacy(site, legacy)
  await startEdge(site, seen)
  await untilReached(site, instance, withinMs)
  return clock.now() - begun
}

async function stopLegacy(site: Site, { names }: Legacy): Promise<void> {
  await site.engine.run({ what: named(site, `stop ${names.join(', ')}`), argv: ['stop', ...names], timeoutMs: CHANGE_MS })
}

/** A server such as nginx keeps the address that a name had when it started; SIGHUP has it ask again. */
async function lookedUpAgain(site: Site, { front }: Legacy): Promise<void> {
  if (front.length > 0) await site.engine.run({ what: named(site, `reload ${front.join(', ')}`), argv: ['kill', '--signal', 'HUP', ...front], timeoutMs: CHANGE_MS })
}

async function undo(site: Site, legacy: Legacy, instance: Instance): Promise<void> {
  const { engine, scope, ambient } = site
  const name = edgeContainer(scope)
  await engine.run({ what: named(site, 'take the edge away again'), argv: ['rm', '--force', name], timeoutMs: CHANGE_MS, accept: [0, 1] })
  await engine.run({ what: named(site, `start ${legacy.names.join(', ')} again`), argv: ['start', ...legacy.names], timeoutMs: CHANGE_MS })
  const seen = await lookAt(site)
  await remove(site, containersFor(seen, instance))
  await engine.run({ what: named(site, 'forget the take-over'), argv: ['volume', 'rm', '--force', name], timeoutMs: CHANGE_MS, accept: [0, 1] })
  ambient.log.warn(`${named(site, 'The take-over')} was taken back.`)
}
