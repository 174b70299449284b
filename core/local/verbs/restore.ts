import { messageOf, StateError } from '../../errors/families.js'
import type { PastRelease } from '../../domain/platform.js'
import { newInstanceId, pastAfter, pruneImages, releaseId, retireSoon, type House } from '../house.js'
import type { Instance } from '../supervisor/crew.js'
import { askHealth } from '../supervisor/health.js'
import { bringUp } from './bring-up.js'

const HEALTHY_WITHIN_MS = 30_000

/** A past release gets everything; the others stop afterwards. */
export function restore(house: House, id: string): Promise<void> {
  house.turns.callOffLaunch()
  return house.turns.take(async () => {
    const { stable } = house.memory.now()
    if (stable !== undefined && releaseId(stable.release) === id && house.crew.find(stable.id) !== undefined) return settleOn(house)
    const past = wanted(house, id)
    const instance = await warm(house, id) ?? await cold(house, past)
    await switchTo(house, past, instance)
  })
}

/** It serves already: only a trial beside it has to end. */
async function settleOn(house: House): Promise<void> {
  const { memory, router, crew } = house
  const { candidate } = memory.now()
  router.set(({ stable, sticky }) => ({ ...(stable === undefined ? {} : { stable }), weight: 0, sticky }))
  await memory.change({ candidate: undefined, weight: 0, returnsAt: 0, settled: 'restored' })
  retireSoon(house, crew.find(candidate?.id))
}

async function switchTo(house: House, past: PastRelease, instance: Instance): Promise<void> {
  const { memory, router, crew, events } = house
  const { stable, candidate, standby } = memory.now()
  const others = [stable, candidate, standby].map((placed) => crew.find(placed?.id))
  await memory.change({
    stable: { id: instance.id, release: past.release, servedAt: Date.now(), ready: true },
    candidate: undefined, standby: undefined, weight: 0, returnsAt: 0, settled: 'restored',
    past: pastAfter(house, past.release, stable),
  })
  if (instance.group.exit() === undefined) router.set(({ sticky }) => ({ stable: instance.upstream, weight: 0, sticky }))
  events.note(`Release ${past.release.version} is back and gets everything.`)
  for (const other of others) {
    if (other !== instance) retireSoon(house, other)
  }
  await pruneImages(house)
}

function wanted(house: House, id: string): PastRelease {
  const { past, stable } = house.memory.now()
  const found = past.find((release) => release.id === id)
  if (found !== undefined) return found
  // It should serve and has ended: bring it back as if it were a past one.
  if (stable !== undefined && releaseId(stable.release) === id) return { id, release: stable.release, servedAt: stable.servedAt }
  throw new StateError('release-gone', { message: `Release \`${id}\` is not among the ${past.length} that environment \`${house.environment}\` keeps.` })
}

/** The stable before this one, when it still runs and answers. */
async function warm(house: House, id: string): Promise<Instance | undefined> {
  const { standby, options } = house.memory.now()
  if (standby === undefined || releaseId(standby.release) !== id) return undefined
  const instance = house.crew.find(standby.id)
  if (instance === undefined) return undefined
  return (await askHealth(instance.port, options.healthPath, 500)).ok ? instance : undefined
}

async function cold(house: House, past: PastRelease): Promise<Instance> {
  try {
    return await bringUp(house, newInstanceId(past.release), past.release, HEALTHY_WITHIN_MS, new AbortController().signal)
  } catch (thrown) {
    if (!(thrown instanceof StateError) || thrown.code !== 'image-not-found') throw thrown
    throw new StateError('release-gone', { message: `Release ${past.release.version} can't be brought back: ${messageOf(thrown)}`, cause: thrown })
  }
}
