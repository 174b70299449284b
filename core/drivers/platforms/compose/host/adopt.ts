import { edgeContainer, edgePlaces, encodeWish } from '../../../../domain/edge-control/index.js'
import { settingsText, type Release } from '../../../../domain/release.js'
import { EcluseError, StateError, messageOf } from '../../../../errors/families.js'
import { legacyContainers, stoppedContainers, type Legacy } from '../model/index.js'
import { madeEdge, startEdge } from './edge.js'
import { planInstance } from './launch.js'
import { remove, start, untilHealthy } from './instances.js'
import { containersFor, lookAt, type Seen } from './look.js'
import { reachedFromOutside } from './reached.js'
import { armOf, instanceOf, withInstance, type Instance } from './record.js'
import { CHANGE_MS, keepRecord, named, type Site } from './site.js'
import { untilReached } from './standing.js'

/** What serves here and was started by the user's own `docker compose up`; `undefined` when nothing does. */
export async function legacyOf(site: Site): Promise<Legacy | undefined> {
  return legacyContainers(await site.stack(), site.engine)
}

/** The release that it is, as far as its image says. */
export function legacyRelease({ app, ambient }: Site, { image, version }: Legacy): Release {
  return { app, version, commit: '', images: { [app]: image }, serving: app, settings: {}, settingsHash: ambient.files.sha256(settingsText({})) }
}

/** The edge serves a release that is Ecluse's for good: a take-over that was cut off is none. */
export function isBehindEdge({ edge, record, wish }: Seen): boolean {
  return edge?.running === true && instanceOf(record, wish?.stable?.instance)?.servedAt !== undefined
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
  const { wish: _former, ...anew } = seen
  // Cut off and begun again, it is the same copy.
  const instance = await planInstance(site, anew, release)
  try {
    await keepRecord(site, withInstance(seen.record, instance))
    await start(site, instance, seen)
    await untilHealthy(site, instance, healthyWithinMs)
    await engine.write(edgeContainer(scope), edgePlaces.wish, encodeWish({ revision: Math.max(seen.wish?.revision ?? 0, seen.state?.revision ?? 0) + 1, stable: armOf(instance), weight: 0 }))
    const gapMs = await changeOver(site, { legacy, instance }, healthyWithinMs)
    ambient.log.info(gapMs === 0 ? 'Taken over while both answered.' : `Taken over; for ${gapMs} ms at most nobody answered.`)
  } catch (fault) {
    throw await undone(site, { legacy, instance, before }, fault)
  }
  await settled(site, await lookAt(site))
}

/** Milliseconds in which nobody listened. */
async function changeOver(site: Site, { legacy, instance }: { readonly legacy: Legacy; readonly instance: Instance }, withinMs: number): Promise<number> {
  const { clock } = site.ambient
  const seen = await lookAt(site)
  const edge = async (): Promise<unknown> => {
    if (seen.edge?.running !== true) await startEdge(site, seen)
    return untilReached(site, instance, withinMs)
  }
  if (!legacy.publishes) {
    // Others find the service by its name, which both have for a while.
    await edge()
    await lookedUpAgain(site, legacy)
    await reachedFromOutside(site, instance, legacy.names, () => lookedUpAgain(site, legacy))
    await stopLegacy(site, legacy)
    // Whoever found both keeps the address of one that is gone.
    await lookedUpAgain(site, legacy)
    return 0
  }
  const begun = clock.now()
  await stopLegacy(site, legacy)
  await edge()
  await lookedUpAgain(site, legacy)
  const gapMs = clock.now() - begun
  await reachedFromOutside(site, instance, legacy.names, () => lookedUpAgain(site, legacy))
  return gapMs
}

async function stopLegacy(site: Site, { names }: Legacy): Promise<void> {
  await site.engine.run({ what: named(site, `stop ${names.join(', ')}`), argv: ['stop', ...names], timeoutMs: CHANGE_MS })
}

/** A server such as nginx keeps the address that a name had when it started; SIGHUP has it ask again. */
async function lookedUpAgain(site: Site, { front }: Legacy): Promise<void> {
  if (front.length > 0) await site.engine.run({ what: named(site, `reload ${front.join(', ')}`), argv: ['kill', '--signal', 'HUP', ...front], timeoutMs: CHANGE_MS })
}

/** A take-over that came through, now or before a run was cut off, is written down; the old containers do not come back with the engine. */
export async function settled(site: Site, seen: Seen): Promise<void> {
  const stable = instanceOf(seen.record, seen.wish?.stable?.instance)
  if (stable === undefined || stable.servedAt !== undefined) return
  const names = await stoppedContainers(await site.stack(), site.engine)
  if (names.length > 0) await site.engine.run({ what: named(site, 'keep the former containers from starting again'), argv: ['update', '--restart', 'no', ...names], timeoutMs: CHANGE_MS })
  await keepRecord(site, withInstance(seen.record, { ...stable, servedAt: site.ambient.clock.now() }))
}

/** For a verb that goes back: a take-over that was cut off while the old containers still serve never was. */
export async function untaken(site: Site, seen: Seen): Promise<boolean> {
  const stable = instanceOf(seen.record, seen.wish?.stable?.instance)
  if (stable === undefined || stable.servedAt !== undefined) return false
  const legacy = await legacyOf(site)
  if (legacy === undefined) return false
  // What was Ecluse's before the take-over can still be gone back to.
  const knows = seen.record.instances.some(({ id, servedAt }) => id !== stable.id && servedAt !== undefined)
  await undo(site, { legacy, instance: stable, before: knows && seen.edge !== undefined ? { edge: seen.edge } : {} })
  return true
}

interface Undone {
  readonly legacy: Legacy
  readonly instance: Instance
  /** What was there before. */
  readonly before: Pick<Seen, 'edge'>
}

/** Takes it back and gives the error to tell. */
async function undone(site: Site, given: Undone, fault: unknown): Promise<StateError> {
  const names = given.legacy.names.join(', ')
  try {
    await undo(site, given)
    return new StateError('edge-failed', { message: `${named(site, 'The take-over')} did not succeed; ${names} serves again. ${messageOf(fault)}`, cause: fault, ...(fault instanceof EcluseError ? { fix: fault.fix } : {}) })
  } catch (other) {
    return new StateError('edge-failed', {
      message: `${named(site, 'The take-over')} did not succeed (${messageOf(fault)}), and could not be taken back: ${messageOf(other)}`,
      fix: `See that one of them serves: \`docker rm --force ${edgeContainer(site.scope)}\`, then \`docker start ${given.legacy.names.join(' ')}\`.`, cause: fault,
    })
  }
}

async function undo(site: Site, { legacy, instance, before }: Undone): Promise<void> {
  const { engine, scope, ambient } = site
  const name = edgeContainer(scope)
  await engine.run({ what: named(site, 'take the edge away again'), argv: ['rm', '--force', name], timeoutMs: CHANGE_MS, accept: [0, 1] })
  await engine.run({ what: named(site, `start ${legacy.names.join(', ')} again`), argv: ['start', ...legacy.names], timeoutMs: CHANGE_MS })
  await lookedUpAgain(site, legacy)
  const seen = await lookAt(site)
  await remove(site, containersFor(seen, instance))
  // What it knew before stays for the next edge.
  if (before.edge === undefined) await engine.run({ what: named(site, 'forget the take-over'), argv: ['volume', 'rm', '--force', name], timeoutMs: CHANGE_MS, accept: [0, 1] })
  ambient.log.warn(`${named(site, 'The take-over')} was taken back.`)
}
