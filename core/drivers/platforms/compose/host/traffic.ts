import { serverWeights, type EdgeState } from '../../../../domain/edge-control/index.js'
import type { Percent } from '../../../../domain/platform.js'
import { StateError } from '../../../../errors/families.js'
import { untaken } from './adopt.js'
import { containersOf, inspected } from './containers.js'
import { armState, containersFor, isHealthy, lookAt, type Seen } from './look.js'
import { armOf, instanceOf, needless, withInstance, withoutInstances, type HostRecord, type Instance } from './record.js'
import { remove, removeImage, restartsOf, stop, unhealthy } from './instances.js'
import { lookWhole } from './mend.js'
import { inUse, keepRecord, named, noCandidate, until, type Site } from './site.js'
import { standing } from './standing.js'
import { deaf, stateOf, stillReturning, wishFor, type Wanted } from './wishes.js'

/** Gives the candidate so many percent of new requests. */
export async function shift(site: Site, weight: Percent): Promise<void> {
  const seen = await lookWhole(site)
  const candidate = candidateIn(seen)
  if (candidate === undefined) {
    if (weight === 0) return
    throw noCandidate(site)
  }
  if (weight > 0) await refuseUnwell(site, seen, candidate)
  else await standing(site, seen)
  refuseUneven(site, seen, weight)
  const { state } = await wishFor(site, seen, { ...armsNow(seen), weight, ...stillReturning(seen.wish, site) })
  if (state.weight === weight) return
  if (state.returned) {
    throw new StateError('platform-refused', {
      message: `${named(site, 'The edge')} gives ${candidate.release.version} nothing: its dead-man's switch has sent everything back to stable, as nobody extended the deadline.`,
      fix: 'Find out why the run that held it stood still; then deliver again.',
    })
  }
  if (state.fallen) throw unhealthy(site, candidate, 'it stopped answering the moment it got traffic')
  throw await deaf(site, `gives the candidate ${state.weight} % where ${weight} % were asked for`)
}

/** The candidate becomes stable; the one before is stopped and kept. */
export async function promote(site: Site): Promise<void> {
  const seen = await lookWhole(site)
  const candidate = candidateIn(seen)
  if (candidate === undefined) {
    if (seen.record.promoted === undefined || seen.record.promoted !== seen.wish?.stable?.instance) throw noCandidate(site)
    // Asked again: what a run that died left is finished.
    return tidy(site, seen)
  }
  await refuseUnwell(site, seen, candidate)
  await swap(site, seen, candidate)
}

/** Makes an instance that is healthy behind the edge the stable one: all traffic first, then the name, then the old one ends. */
export async function swap(site: Site, seen: Seen, next: Instance): Promise<void> {
  const before = instanceOf(seen.record, seen.wish?.stable?.instance)
  let now = seen
  if (before !== undefined && seen.state?.weight !== 100) {
    now = { ...seen, ...(await wishFor(site, seen, { stable: armOf(before), candidate: armOf(next), weight: 100 })) }
    if (now.state?.weight !== 100) throw unhealthy(site, next, 'it stopped answering when it got all traffic')
  }
  if (before !== undefined) await drained(site, before)
  // It serves everybody by now, and is to be kept from here on.
  const instances = seen.record.instances.map((instance) => (instance.id === next.id ? { ...instance, servedAt: site.ambient.clock.now() } : instance))
  const record = { ...seen.record, instances, promoted: next.id }
  await keepRecord(site, record)
  const ended = await wishFor(site, now, { stable: armOf(next), weight: 0 })
  await tidy(site, { ...now, ...ended, record, containers: (await containersOf(site)).filter(({ instance }) => instance !== undefined) })
}

/** Stable gets everything, and what is on trial, or was about to be, goes. */
export async function abandon(site: Site): Promise<void> {
  const seen = await lookWhole(site)
  if (seen.edge === undefined && seen.containers.length === 0) return
  if (await untaken(site, seen)) return
  await standing(site, seen)
  const candidate = candidateIn(seen)
  if (candidate !== undefined) {
    const first = await wishFor(site, seen, { ...armsNow(seen), weight: 0 })
    await drained(site, candidate)
    await wishFor(site, first, { ...stableOf(seen), weight: 0 })
  }
  const { promoted, ...record } = seen.record
  if (promoted !== undefined) await keepRecord(site, promoted === candidate?.id ? onTrialOnly(record, candidate) : record)
  await tidy(site, await lookAt(site))
}

/** A promotion that was cut off is none: what it made stable is not worth more than what can be brought back. */
function onTrialOnly(record: HostRecord, { servedAt: _never, ...trial }: Instance): HostRecord {
  return withInstance(record, trial)
}

/** The dead-man's switch; 0 switches it off. */
export async function returnAt(site: Site, deadline: number): Promise<void> {
  const seen = await lookWhole(site)
  if (candidateIn(seen) === undefined) {
    if (deadline <= 0) return
    throw noCandidate(site)
  }
  const now = seen.state?.weight ?? 0
  // A person's weight stays; one that can't be wished, as with a replica down, is what was wished.
  const weight = Number.isInteger(now) ? now : (seen.wish?.weight ?? 0)
  const returns = deadline <= 0 ? {} : { returns: { at: deadline, inMs: Math.max(0, deadline - site.ambient.clock.now()) } }
  await wishFor(site, seen, { ...armsNow(seen), weight, ...returns })
}

/** Ends what is not in use any more: what served is stopped and kept, trials and what is too old go with their images. */
export async function tidy(site: Site, seen: Seen): Promise<void> {
  const used = inUse(seen.wish)
  const gone = needless(seen.record, used, site.options.keep)
  const ids = new Set(gone.map(({ id }) => id))
  await remove(site, gone.flatMap((instance) => containersFor(seen, instance)))
  // What the record does not know is left there, in case somebody wants to know what it was.
  await stop(site, seen.containers.filter(({ instance = '' }) => !used.has(instance) && !ids.has(instance)))
  if (gone.length === 0) return
  const kept = withoutInstances(seen.record, ids)
  const images = new Set(kept.instances.flatMap(({ release }) => Object.values(release.images)))
  for (const instance of gone) if (!Object.values(instance.release.images).some((image) => images.has(image))) await removeImage(site, instance)
  await keepRecord(site, kept)
}

export function candidateIn({ wish, record }: Seen): Instance | undefined {
  return instanceOf(record, wish?.candidate?.instance)
}

export function stableOf({ wish }: Seen): Pick<Wanted, 'stable'> {
  return wish?.stable === undefined ? {} : { stable: wish.stable }
}

function armsNow(seen: Seen): Pick<Wanted, 'stable' | 'candidate'> {
  return { ...stableOf(seen), ...(seen.wish?.candidate === undefined ? {} : { candidate: seen.wish.candidate }) }
}

/** One that ended and was started again meanwhile may answer as if nothing had been. */
async function refuseUnwell(site: Site, seen: Seen, candidate: Instance): Promise<void> {
  if (isHealthy(seen, 'candidate', candidate)) {
    const containers = await inspected(site, candidate.containers)
    if (restartsOf(containers) <= (candidate.restarts ?? 0)) return
    throw unhealthy(site, candidate, `it ended while it was on trial and the engine started it again: ${containers.filter(({ restarts }) => restarts > 0).map(({ name }) => name).join(', ')}`)
  }
  const arm = armState(seen.state, candidate.id)
  // Whoever is not asked any more has not failed.
  if (seen.state === undefined && containersFor(seen, candidate).every(({ running }) => running)) throw await deaf(site, 'does not run, so nothing is known of the candidate')
  const why = seen.state === undefined ? 'the edge does not run'
    : (seen.state.fallen ? 'it went down while it had traffic' : `${arm?.up ?? 0} of its ${candidate.containers.length} containers answer the edge's health check`)
  throw unhealthy(site, candidate, why)
}

/** A weight that the replicas can't be given exactly is not approximated. */
function refuseUneven(site: Site, { wish }: Seen, weight: Percent): void {
  const given = serverWeights(weight, { stable: wish?.stable?.servers.length ?? 0, candidate: wish?.candidate?.servers.length ?? 0 })
  if ('impossible' in given) throw new StateError('platform-refused', { message: `${named(site, 'The edge')}: ${given.impossible}.`, fix: 'Choose other weights, or give both releases as many replicas.' })
}

/** Requests in flight end, or their time does. */
async function drained(site: Site, instance: Instance): Promise<void> {
  const idle = (state: EdgeState | undefined): true | undefined => {
    if (state === undefined) return undefined
    const arm = armState(state, instance.id)
    return arm === undefined || arm.active === 0 ? true : undefined
  }
  if (await until(async () => idle(await stateOf(site)), site.options.drainMs, site.ambient) === undefined) {
    site.ambient.log.warn(`${instance.release.version} still had requests after ${site.options.drainMs / 1000} s (\`drain\`); they are cut off.`)
  }
}
