import type { LocalOptions } from '../../../domain/environment.js'
import {
  decodeDiagnosis, decodeObserved, decodePastList, decodePlaced, decodeTaskResult, decodeVitals, type ControlRequests, type ControlVerb, INSTANCE_HEADER,
} from '../../../domain/local-control/index.js'
import type { Launched, Reach } from '../../../domain/platform.js'
import type { Release } from '../../../domain/release.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Platform } from '../../../ports/platform.js'
import { StateError } from '../../../errors/families.js'
import { openControl, type Control } from './control.js'

export interface LocalGiven {
  readonly app: string
  readonly environment: string
  readonly state: string
}

/** Time to unpack an image, on top of the time it may take to become healthy. */
const UNPACK_MS = 300_000
/** A change waits its turn behind a launch. */
const CHANGE_MS = 120_000
const LOOK_MS = 10_000
const STOP_MS = 30_000

const nothing = (): void => undefined

/** Releases as processes of this machine behind an embedded proxy; the server that holds them outlives this process. */
export function localPlatform(options: LocalOptions, given: LocalGiven, ambient: Ambient): Platform {
  const { port, sticky, drainMs, keep, healthPath, metricsPort } = options
  const control = openControl({
    environment: given.environment, state: absolute(given.state, ambient), options: { port, sticky, drainMs, keep, healthPath, ...(metricsPort === undefined ? {} : { metricsPort }) },
  }, ambient)
  const change = <V extends ControlVerb>(verb: V, body: ControlRequests[V]): Promise<void> => control.call(verb, body, nothing, CHANGE_MS)

  return {
    name: 'local',
    capabilities: { weights: 'any', sideBySide: true, addressable: true, tasks: true, deadMan: true, keepsReleases: keep },
    observe: async () => (await control.known() ? control.call('observe', {}, decodeObserved, LOOK_MS) : { weight: 0 }),
    launch: async (release, plan) => launched(control, given.environment, port, placedHere(alone(release), ambient), plan.healthyWithinMs),
    shift: async (weight) => {
      if (weight > 0 || await control.known()) await change('shift', { weight })
    },
    promote: () => change('promote', {}),
    abandon: async () => {
      if (await control.known()) await change('abandon', {})
    },
    releases: async () => (await control.known() ? (await control.call('releases', {}, decodePastList, LOOK_MS)).releases : []),
    restore: (past) => change('restore', { id: past.id }),
    runTask: (release, task) => control.call('task', { release: placedHere(release, ambient), task }, decodeTaskResult, task.timeoutMs + UNPACK_MS),
    returnAt: async (deadline) => {
      if (deadline > 0 || await control.known()) await change('return-at', { deadline })
    },
    diagnose: async (since) =>
      (await control.known() ? control.call('diagnose', { since }, decodeDiagnosis, LOOK_MS) : { stopReasons: [], events: [], lastLines: [] }),
    vitals: async (asked) => (await control.known() ? (await control.call('vitals', asked, decodeVitals, LOOK_MS)).instances : []),
  }
}

/** Ends an environment's server and what it runs. What should run is kept: the next call of its platform brings it back. */
export async function stopLocal(given: Pick<LocalGiven, 'environment' | 'state'>, ambient: Ambient): Promise<void> {
  const control = openControl({
    environment: given.environment, state: absolute(given.state, ambient),
    options: { port: 0, sticky: false, drainMs: 0, keep: 0, healthPath: '/' },
  }, ambient)
  await control.stop(STOP_MS)
}

async function launched(control: Control, environment: string, port: number, release: Release, healthyWithinMs: number): Promise<Launched> {
  const placed = await control.call('launch', { release, healthyWithinMs }, decodePlaced, healthyWithinMs + UNPACK_MS)
  // Through the proxy, as users will come, but uncounted and whatever the weight.
  const reach = (id: string): Reach => ({ url: `http://127.0.0.1:${port}`, headers: { [INSTANCE_HEADER]: id } })
  const { id, stable, stableId } = placed
  return {
    id,
    arms: {
      ...(stable === undefined ? {} : { stable: { name: 'stable', identity: stable, labels: { environment, arm: 'stable' }, ...(stableId === undefined ? {} : { reach: reach(stableId) }) } }),
      candidate: { name: 'candidate', identity: release.version, labels: { environment, arm: 'candidate', instance: id }, reach: reach(id) },
    },
    reach: reach(id),
  }
}

/** A component that is left out in silence would be missed in production only. */
function alone(release: Release): Release {
  const others = Object.keys(release.images).filter((component) => component !== release.serving)
  if (others.length === 0) return release
  throw new StateError('config-unserved', {
    message: `Release ${release.version} has more than one component (${others.map((name) => `\`${name}\``).join(', ')}): the local platform runs only the one that takes traffic.`,
  })
}

/** The server works in a folder of its own, so a layout below the user's checkout is named in full. */
function placedHere(release: Release, ambient: Ambient): Release {
  const layout = 'oci-layout://'
  const images = Object.entries(release.images).map(([component, reference]): readonly [string, string] =>
    [component, reference.startsWith(layout) ? layout + absolute(reference.slice(layout.length), ambient) : reference])
  return { ...release, images: Object.fromEntries(images) }
}

function absolute(folder: string, ambient: Ambient): string {
  return folder.startsWith('/') ? folder : `${ambient.paths.work}/${folder}`
}
