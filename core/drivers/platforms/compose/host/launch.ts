import { releaseKey, sameRelease, type Release } from '../../../../domain/release.js'
import { messageOf, StateError } from '../../../../errors/families.js'
import { ensureSurroundings, instanceDocument, type Legacy } from '../model/index.js'
import { adopt, isBehindEdge, legacyOf, settled } from './adopt.js'
import { ensureEdge } from './edge.js'
import { failureOf, remove, start, untilHealthy } from './instances.js'
import { containersFor, lookAt, type Seen } from './look.js'
import { armOf, instanceOf, withFailure, withInstance, withoutInstances, type Instance } from './record.js'
import { lookWhole } from './mend.js'
import { inUse, keepRecord, named, type Site } from './site.js'
import { untilReached } from './standing.js'
import { candidateIn, stableOf, tidy } from './traffic.js'
import { wishFor } from './wishes.js'

export interface LaunchedHere {
  readonly id: string
  /** The release that serves now. */
  readonly stable?: { readonly id: string; readonly version: string }
}

/** The release as candidate at weight 0, healthy by its own healthcheck and by the edge's. */
export async function launch(site: Site, release: Release, healthyWithinMs: number): Promise<LaunchedHere> {
  const stack = await site.stack()
  for (const warning of stack.warnings) site.ambient.log.warn(warning)
  await ensureSurroundings(stack, site.engine, site.ambient)
  const seen = await cleared(site, await ready(site, healthyWithinMs), release)
  const instance = await planInstance(site, seen, release)
  await keepRecord(site, withInstance(seen.record, instance))
  try {
    await start(site, instance, await withoutFormer(site, instance, seen))
    return launchedHere(instance, await enter(site, instance, healthyWithinMs))
  } catch (fault) {
    await takeBack(site, instance, fault).catch((other: unknown) => site.ambient.log.error(messageOf(other)))
    throw fault
  }
}

/**
 * A release that served before and is delivered again gets what its secret settings are today: containers that are kept have
 * those of their time, which is for going back only.
 */
async function withoutFormer(site: Site, instance: Instance, seen: Seen): Promise<Pick<Seen, 'containers'>> {
  if (instance.servedAt === undefined || inUse(seen.wish).has(instance.id)) return seen
  await remove(site, containersFor(seen, instance))
  return { containers: [] }
}

/** The edge runs; what served here before Ecluse came is behind it, if it may be. */
async function ready(site: Site, healthyWithinMs: number): Promise<Seen> {
  const seen = await lookWhole(site)
  const legacy = await legacyOf(site)
  if (legacy === undefined) {
    await ensureEdge(site, seen)
    await settled(site, await lookAt(site))
  } else if (isBehindEdge(seen)) {
    site.ambient.log.warn(beside(site, legacy))
    await ensureEdge(site, seen)
  } else if (site.options.adopt) await adopt(site, seen, legacy, healthyWithinMs)
  else throw notAdopted(site, legacy)
  return lookAt(site)
}

/** What a person started beside the edge, which serves. */
function beside(site: Site, { names }: Legacy): string {
  const { service } = site.options
  return `${named(site, names.join(', '))} runs beside the edge: what reaches it by the name \`${service}\` passes the edge by, whatever the weight. Stop it with \`docker stop ${names.join(' ')}\`, and have \`docker compose up\` leave it out with \`--scale ${service}=0\`.`
}

function notAdopted(site: Site, { names, publishes }: Legacy): StateError {
  const gap = publishes ? 'the old containers stop and the edge starts on their ports: for a second or two nobody answers' : 'the edge takes over under their name, while both answer'
  return new StateError('stack-not-adopted', {
    message: `${named(site, 'The service')} is served by ${names.join(', ')} already, which Ecluse did not start.`,
    fix: `Set \`adopt: true\` to have it taken over: the same image is started beside it, then ${gap}. The old containers are kept, stopped, and serve again if anything fails.`,
  })
}

/** Without a trial of another release; one of the same release stays, at weight 0. */
async function cleared(site: Site, seen: Seen, release: Release): Promise<Seen> {
  const current = candidateIn(seen)
  if (seen.wish?.candidate === undefined) return seen
  if (current !== undefined && sameRelease(current.release, release)) return { ...seen, ...(await wishFor(site, seen, { ...stableOf(seen), candidate: armOf(current), weight: 0 })) }
  await wishFor(site, seen, { ...stableOf(seen), weight: 0 })
  await tidy(site, await lookAt(site))
  return lookAt(site)
}

/**
 * The same release from the same compose files is the same instance, on every host and however often it is asked for; only
 * beside itself it needs another name.
 */
export async function planInstance(site: Site, seen: Seen, release: Release): Promise<Instance> {
  const stack = await site.stack()
  const made = (instance: string): string => instanceDocument({ stack, release, instance, scope: site.scope, environment: site.environment, secretSettings: site.secretSettings })
  const base = site.ambient.files.sha256(`${releaseKey(release)}\n${made('')}`).slice(0, 12)
  const id = seen.wish?.stable?.instance === base ? `${base}b` : base
  const known = instanceOf(seen.record, id)
  return known ?? { id, release, project: `ecluse-${site.scope}-${id}`, document: made(id), containers: stack.containersOf(site.scope, id), port: stack.port }
}

/** Behind the edge at weight 0, once its containers are healthy; resolves when the edge reaches all of them. */
export async function enter(site: Site, instance: Instance, withinMs: number, proven = false): Promise<Seen> {
  const begun = site.ambient.clock.now()
  const restarts = await untilHealthy(site, instance, withinMs, proven)
  const seen = await lookAt(site)
  if (restarts !== (instance.restarts ?? 0)) await keepRecord(site, withInstance(seen.record, { ...instance, restarts }))
  const wished = await wishFor(site, seen, { ...stableOf(seen), candidate: armOf(instance), weight: 0 })
  const state = await untilReached(site, instance, Math.max(1000, withinMs - (site.ambient.clock.now() - begun)))
  return { ...seen, ...wished, state }
}

/** As if it had not been tried, but for what is told of it. */
async function takeBack(site: Site, instance: Instance, fault: unknown): Promise<void> {
  const failure = await failureOf(site, instance, fault)
  const seen = await lookAt(site)
  if (seen.wish?.candidate?.instance === instance.id) await wishFor(site, seen, { ...stableOf(seen), weight: 0 })
  // A release that served before keeps its containers.
  if (instance.servedAt === undefined) await remove(site, containersFor(seen, instance))
  const record = instance.servedAt === undefined ? withoutInstances(seen.record, new Set([instance.id])) : seen.record
  await keepRecord(site, withFailure(record, failure))
  await tidy(site, await lookAt(site))
}

function launchedHere({ id }: Instance, { wish }: Seen): LaunchedHere {
  const stable = wish?.stable
  return { id, ...(stable === undefined ? {} : { stable: { id: stable.instance, version: stable.version } }) }
}
