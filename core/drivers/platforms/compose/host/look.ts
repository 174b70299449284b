import { decodeState, decodeWish, edgeContainer, edgePlaces, type EdgeArmState, type EdgeState, type EdgeWish } from '../../../../domain/edge-control/index.js'
import type { ArmName, Observed, RunningRelease } from '../../../../domain/platform.js'
import { messageOf, StateError } from '../../../../errors/families.js'
import { containersOf, type Container } from './containers.js'
import { armOf, emptyRecord, instanceOf, readRecord, type HostRecord, type Instance } from './record.js'
import { named, nameOf, type Site } from './site.js'

/** All that is known about one host at one moment. */
export interface Seen {
  /** The edge's container; absent: this environment was never here, or somebody took it away. */
  readonly edge?: Container
  readonly containers: readonly Container[]
  readonly record: HostRecord
  readonly wish?: EdgeWish
  /** The word of an edge that runs; absent when it does not. */
  readonly state?: EdgeState
  /** What is in the edge's folder, by name. */
  readonly files: Readonly<Record<string, string>>
}

export async function lookAt(site: Site): Promise<Seen> {
  const { engine, scope } = site
  const name = edgeContainer(scope)
  const [all, files = {}] = await Promise.all([containersOf(site), engine.readFolder(name, edgePlaces.folder)])
  const [record, wish, state] = [edgePlaces.record, edgePlaces.wish, edgePlaces.state].map((place) => files[nameOf(place)])
  const edge = all.find((container) => container.name === name)
  const told = state === undefined || edge === undefined ? undefined : wordOf(edge, state)
  const known = record === undefined ? emptyRecord : recordIn(site, record, files[nameOf(edgePlaces.recordKept)])
  const wished = wish === undefined ? undefined : (decodeWish(wish) ?? decodeWish(files[nameOf(edgePlaces.wishKept)] ?? '') ?? inEffect(site, told, known))
  return {
    ...(edge === undefined ? {} : { edge }),
    containers: all.filter((container) => container.instance !== undefined),
    record: known,
    ...(wished === undefined ? {} : { wish: wished }),
    ...(told === undefined ? {} : { state: told }),
    files,
  }
}

/** What it says of itself. One that has just started may not have spoken yet: then its last word is from before it stopped. */
function wordOf(edge: Container, text: string): EdgeState | undefined {
  const state = edge.running ? decodeState(text) : undefined
  return state === undefined || state.at < edge.startedAt ? undefined : state
}

/** A wish that was cut while it was written never came into effect, and the keeper has none that it kept: what the edge does is what shall be. */
function inEffect(site: Site, state: EdgeState | undefined, record: HostRecord): EdgeWish {
  if (state === undefined) {
    throw new StateError('edge-failed', {
      message: `${named(site, 'What the edge shall do')} can't be read, and it does not run.`,
      fix: `Start container \`${edgeContainer(site.scope)}\` and look at \`${edgePlaces.wish}\` in it.`,
    })
  }
  const armFor = (arm: ArmName): EdgeWish['stable'] => {
    const instance = instanceOf(record, state.arms.find((one) => one.arm === arm)?.instance)
    return instance === undefined ? undefined : armOf(instance)
  }
  const stable = armFor('stable')
  const candidate = armFor('candidate')
  return { revision: state.revision, ...(stable === undefined ? {} : { stable }), ...(candidate === undefined ? {} : { candidate }), weight: Math.round(state.weight) }
}

/** A record that was cut while it was written is the one before: nothing follows from what is not written whole. */
function recordIn(site: Site, source: string, former?: string): HostRecord {
  try {
    return readRecord(source, edgePlaces.record)
  } catch (thrown) {
    if (former !== undefined) return recordIn(site, former)
    throw new StateError('platform-refused', {
      message: `${named(site, 'The record')} can't be read: ${messageOf(thrown)}.`,
      fix: `Look at \`${edgePlaces.record}\` in container \`${edgeContainer(site.scope)}\`; what runs goes on as it is.`,
      cause: thrown,
    })
  }
}

/** What is, in the port's words. */
export function observedIn(seen: Seen): Observed {
  const { wish, state } = seen
  const stable = running(seen, 'stable', wish?.stable?.instance)
  const candidate = running(seen, 'candidate', wish?.candidate?.instance)
  return {
    ...(stable === undefined ? {} : { stable }),
    ...(candidate === undefined ? {} : { candidate }),
    weight: state === undefined || candidate === undefined ? 0 : state.weight,
    ...(state?.returnsAt === undefined ? {} : { returnsAt: state.returnsAt }),
  }
}

function running(seen: Seen, arm: ArmName, id: string | undefined): RunningRelease | undefined {
  const instance = instanceOf(seen.record, id)
  return instance === undefined ? undefined : { release: instance.release, id: instance.id, healthy: isHealthy(seen, arm, instance) }
}

/** All of its containers run, none says that it is unwell, and the edge can send requests to each. */
export function isHealthy(seen: Seen, arm: ArmName, instance: Instance): boolean {
  const own = containersFor(seen, instance)
  const state = armState(seen.state, instance.id)
  const fallen = arm === 'candidate' && seen.state?.fallen === true
  return own.length === instance.containers.length && own.every(({ running: runs, health }) => runs && health !== 'unhealthy')
    && state !== undefined && state.servers > 0 && state.up === state.servers && !fallen
}

export function containersFor({ containers }: Pick<Seen, 'containers'>, { id }: Instance): readonly Container[] {
  return containers.filter((container) => container.instance === id)
}

export function armState(state: EdgeState | undefined, id: string): EdgeArmState | undefined {
  return state?.arms.find(({ instance }) => instance === id)
}
