import { StateError } from '../../errors/families.js'
import type { Placed } from '../desired.js'
import { pastAfter, pruneImages, retireSoon, type House } from '../house.js'
import type { Instance } from '../supervisor/crew.js'

/** The stable before stays up so long after a promotion, for a way back without a start. */
const STANDBY_MS = 10 * 60_000

export function shift(house: House, weight: number): Promise<void> {
  return house.turns.take(async () => {
    const { memory, router, events } = house
    if (weight === 0 && memory.now().candidate === undefined) return
    const { instance } = trial(house, 'take traffic')
    if (router.routes().weight === weight) return
    // All to stable is where a lost server comes back to, so it need not be written down first.
    if (weight === 0) router.set({ weight })
    await memory.change({ weight })
    // It may have ended while we wrote.
    if (instance.group.exit() === undefined) router.set({ weight })
    events.note(`The candidate gets ${weight} % of the requests.`)
  })
}

export function promote(house: House): Promise<void> {
  return house.turns.take(async () => {
    const { memory, router, crew, events } = house
    const { candidate, stable, settled, standby } = memory.now()
    if (candidate === undefined && stable !== undefined && settled === 'promoted') return
    const { placed, instance } = trial(house, 'become stable')
    const before = crew.find(stable?.id)
    const served: Placed = { ...placed, servedAt: Date.now() }
    await memory.change({
      stable: served, candidate: undefined, weight: 0, returnsAt: 0, settled: 'promoted',
      standby: stable === undefined || before === undefined ? undefined : { ...stable, until: Date.now() + STANDBY_MS },
      past: pastAfter(house, placed.release, stable),
    })
    // Had it ended while we wrote, its restart is under way and sets the route.
    if (instance.group.exit() === undefined) router.set(({ sticky }) => ({ stable: instance.upstream, weight: 0, sticky }))
    events.note(`Release ${placed.release.version} is stable now.`)
    if (standby !== undefined) retireSoon(house, crew.find(standby.id))
    await pruneImages(house)
  })
}

export function abandon(house: House): Promise<void> {
  house.turns.callOffLaunch()
  return house.turns.take(async () => {
    const { memory, router, crew, events } = house
    const { candidate } = memory.now()
    if (candidate === undefined) return
    router.set(({ stable, sticky }) => ({ ...(stable === undefined ? {} : { stable }), weight: 0, sticky }))
    await memory.change({ candidate: undefined, weight: 0, returnsAt: 0, settled: 'abandoned' })
    events.note(`Release ${candidate.release.version} was taken back; stable gets everything.`)
    retireSoon(house, crew.find(candidate.id))
    await pruneImages(house)
  })
}

export async function returnAt(house: House, deadline: number): Promise<void> {
  const { memory } = house
  if (deadline > 0 && memory.now().candidate === undefined) throw nobodyOnTrial('be given a deadline')
  await memory.change({ returnsAt: deadline })
}

/** The candidate, which must be there and alive. */
function trial(house: House, wish: string): { readonly placed: Placed; readonly instance: Instance } {
  const placed = house.memory.now().candidate
  if (placed === undefined) throw nobodyOnTrial(wish)
  const instance = house.crew.find(placed.id)
  if (instance === undefined) {
    throw new StateError('candidate-unhealthy', { message: `Release ${placed.release.version} can't ${wish}: its instance \`${placed.id}\` has ended.` })
  }
  return { placed, instance }
}

function nobodyOnTrial(wish: string): StateError {
  return new StateError('no-candidate', { message: `There is no release on trial that could ${wish}.` })
}
