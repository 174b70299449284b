import { servingImage, type Release } from '../../domain/release.js'
import { messageOf, StateError } from '../../errors/families.js'
import type { House } from '../house.js'
import type { Instance } from '../supervisor/crew.js'
import { readableExit } from '../supervisor/group.js'
import { untilHealthy } from '../supervisor/health.js'

/** Starts a release and waits until it is healthy; what does not get there is ended and the reason told. */
export async function bringUp(house: House, id: string, release: Release, withinMs: number, signal: AbortSignal): Promise<Instance> {
  const { store, crew, events, memory } = house
  return store.using(servingImage(release), async (image) => {
    const instance = await crew.start({ id, release }, image).catch((thrown: unknown) => {
      throw unhealthy(release, `it could not be started: ${messageOf(thrown)}`, thrown)
    })
    // Until it is healthy its end is ours to tell, not a crash of something that served.
    instance.leaving = true
    const readiness = await untilHealthy(instance.group, instance.port, memory.now().options.healthPath, withinMs, signal)
    if (readiness.healthy) {
      instance.leaving = false
      return instance
    }
    const lines = await crew.lines(id, 5)
    const exit = instance.group.exit()
    await crew.retire(instance, 0)
    if (readiness.because === 'called-off') throw new StateError('aborted', { message: `The launch of release ${release.version} was called off by another command.` })
    const reason = exit === undefined ? `it was not healthy within ${withinMs} ms: ${readiness.found}` : `it ${readableExit(exit)} before it was healthy`
    events.stopped(`Release ${release.version} (instance \`${id}\`): ${reason}.`)
    throw unhealthy(release, `${reason}${lines.length === 0 ? '' : `; last lines: ${lines.join(' ⏎ ').slice(0, 300)}`}`)
  })
}

function unhealthy(release: Release, reason: string, cause?: unknown): StateError {
  return new StateError('candidate-unhealthy', { message: `Release ${release.version} did not come up: ${reason}`, cause })
}
