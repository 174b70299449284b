import type { Crashes } from './crashes.js'
import type { Placed } from './desired.js'
import { pruneImages, type House } from './house.js'
import { lives, markedProcesses, signalGroup } from './process-identity.js'
import type { Instance } from './supervisor/crew.js'
import { askHealth } from './supervisor/health.js'

/** Makes what is into what should be, after a start: takes over what still runs, ends what nobody wants, starts what is missing. */
export async function reconcile(house: House, crashes: Crashes): Promise<void> {
  const { memory, router } = house
  const { stable, candidate, standby, processes, options } = memory.now()
  const wanted = [stable, candidate, standby].filter((placed) => placed !== undefined && placed.ready).map((placed) => placed!.id)
  endOthers(house, wanted)
  await memory.change({ processes: processes.filter(({ instance, pid, started }) => wanted.includes(instance) && lives(pid, started)) })
  router.set({ sticky: options.sticky })
  const serving = await takeOver(house, stable)
  if (serving !== undefined) router.set({ stable: serving.upstream })
  else if (stable !== undefined) await startAgain(house, crashes, stable)
  await takeTrialBack(house, candidate)
  if (standby !== undefined && await takeOver(house, standby) === undefined) await memory.change({ standby: undefined })
  await pruneImages(house)
}

function endOthers(house: House, wanted: readonly string[]): void {
  const { memory, places } = house
  const kept = new Set(memory.now().processes.filter((record) => wanted.includes(record.instance)).map((record) => record.pid))
  const recorded = memory.now().processes.filter(({ pid, started }) => lives(pid, started))
  const strays = [...recorded, ...markedProcesses(places.mark)].filter(({ pid }) => !kept.has(pid))
  for (const { pid } of strays) {
    // Members of a kept group carry the mark too, and lead no group of their own.
    if (signalGroup(pid, 'SIGKILL')) house.events.note(`A process that an earlier server left behind (${pid}) was ended.`)
  }
}

async function takeOver(house: House, placed: Placed | undefined): Promise<Instance | undefined> {
  if (placed === undefined) return undefined
  const instance = house.crew.adopt(placed)
  if (instance === undefined) return undefined
  const health = await askHealth(instance.port, house.memory.now().options.healthPath)
  if (health.ok) return instance
  house.events.stopped(`Release ${placed.release.version} (instance \`${placed.id}\`) still ran and was not healthy: ${health.found}; it was ended.`)
  await house.crew.retire(instance, 0)
  return undefined
}

async function startAgain(house: House, crashes: Crashes, stable: Placed): Promise<void> {
  house.events.note(`Stable release ${stable.release.version} was not running when the server started.`)
  crashes.revive(house)
  await crashes.reviving()?.catch(() => undefined)
}

/** A trial whose server was lost has lost its counters, and maybe the run that watched it: stable gets everything. */
async function takeTrialBack(house: House, candidate: Placed | undefined): Promise<void> {
  const { memory, router, events } = house
  if (candidate === undefined) return
  const { version } = candidate.release
  if (!candidate.ready) {
    events.note(`The launch of release ${version} was interrupted and is taken back.`)
    await memory.change({ candidate: undefined, weight: 0, returnsAt: 0 })
    return
  }
  const instance = await takeOver(house, candidate)
  const { weight, stable } = memory.now()
  const keeps = stable === undefined ? weight : 0
  if (weight > keeps) events.note(`The server was started again while release ${version} had ${weight} %: stable gets everything.`)
  if (instance === undefined) events.stopped(`Release ${version} (the candidate, instance \`${candidate.id}\`) was not running when the server started.`)
  await memory.change({ weight: keeps, returnsAt: 0 })
  if (instance !== undefined) router.set({ candidate: instance.upstream, weight: keeps })
}
