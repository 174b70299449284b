import { releaseKey, sameRelease, type Release } from '../../domain/release.js'
import { newInstanceId, pruneImages, retireSoon, type House, type LaunchAnswer } from '../house.js'
import { bringUp } from './bring-up.js'

/** The release as candidate at weight 0, healthy. */
export function launch(house: House, release: Release, healthyWithinMs: number): Promise<LaunchAnswer> {
  return house.turns.launch(releaseKey(release), (signal) => launchNow(house, release, healthyWithinMs, signal))
}

async function launchNow(house: House, release: Release, healthyWithinMs: number, signal: AbortSignal): Promise<LaunchAnswer> {
  const { memory, router, crew, events } = house
  const current = memory.now().candidate
  const running = crew.find(current?.id)
  if (current !== undefined && running !== undefined && sameRelease(current.release, release)) {
    router.set({ weight: 0 })
    await memory.change({ weight: 0, returnsAt: 0 })
    return answerOf(house, running.id)
  }
  router.set(({ stable, sticky }) => ({ ...(stable === undefined ? {} : { stable }), weight: 0, sticky }))
  retireSoon(house, running)
  const id = newInstanceId(release)
  await memory.change({ candidate: { id, release, servedAt: 0, ready: false }, weight: 0, returnsAt: 0, settled: 'not' })
  try {
    const instance = await bringUp(house, id, release, healthyWithinMs, signal)
    await memory.change({ candidate: { id, release, servedAt: 0, ready: true } })
    router.set({ candidate: instance.upstream, weight: 0 })
    events.note(`Release ${release.version} is healthy as candidate (instance \`${id}\`).`)
    return answerOf(house, id)
  } catch (thrown) {
    await memory.change({ candidate: undefined })
    await pruneImages(house)
    throw thrown
  }
}

function answerOf(house: House, id: string): LaunchAnswer {
  const { stable } = house.memory.now()
  return { id, ...(stable === undefined ? {} : { stable: stable.release.version, stableId: stable.id }) }
}
