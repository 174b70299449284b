import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../errors/families.js'
import type { House } from './house.js'
import type { Instance } from './supervisor/crew.js'
import { readableExit, type Exit } from './supervisor/group.js'
import { bringUp } from './verbs/bring-up.js'

const FIRST_DELAY_MS = 50
const LONGEST_DELAY_MS = 30_000
/** Who served so long and then ended starts again without the delays of those before. */
const GOOD_RUN_MS = 60_000
const HEALTHY_WITHIN_MS = 30_000

/** What follows when an instance ends that nobody asked to. */
export interface Crashes {
  ended(house: House, instance: Instance, exit: Exit): void
  /** Brings stable back, again and again; for a stable that is not there. */
  revive(house: House): void
  /** Resolves when stable is back; `undefined` when nobody is bringing it back. */
  reviving(): Promise<unknown> | undefined
  stop(): void
}

export function newCrashes(): Crashes {
  const control = new AbortController()
  let work: Promise<void> | undefined
  let failures = 0
  const revive = (house: House): void => {
    work ??= reviveStable(house, () => (failures += 1), control.signal).finally(() => {
      work = undefined
    })
  }
  return {
    ended: (house, instance, exit) => {
      const { memory, router } = house
      const { stable, candidate, standby } = memory.now()
      void tell(house, instance, exit)
      if (instance.id === candidate?.id) {
        // At once, before anything is written: users must not wait for a disk.
        router.set(({ stable: serving, sticky }) => ({ ...(serving === undefined ? {} : { stable: serving }), weight: 0, sticky }))
        void record(house, { weight: 0, returnsAt: 0 })
      } else if (instance.id === stable?.id) {
        router.set(({ candidate: trial, weight, sticky }) => ({ ...(trial === undefined ? {} : { candidate: trial }), weight, sticky }))
        if (Date.now() - instance.startedAt > GOOD_RUN_MS) failures = 0
        revive(house)
      } else if (instance.id === standby?.id) void record(house, { standby: undefined })
    },
    revive,
    reviving: () => work,
    stop: () => control.abort(),
  }
}

async function tell(house: House, instance: Instance, exit: Exit): Promise<void> {
  const lines = await house.crew.lines(instance.id, 3).catch(() => [])
  const role = house.memory.now().stable?.id === instance.id ? 'stable' : house.memory.now().candidate?.id === instance.id ? 'the candidate' : 'an instance'
  house.events.stopped(
    `Release ${instance.release.version} (${role}, instance \`${instance.id}\`) ${readableExit(exit)}${lines.length === 0 ? '' : `; last lines: ${lines.join(' ⏎ ')}`}.`,
  )
}

async function record(house: House, change: Parameters<House['memory']['change']>[0]): Promise<void> {
  await house.memory.change(change).catch((thrown: unknown) => console.error('state:', thrown))
}

/** Each start is an event with its number: nothing is restarted silently. */
async function reviveStable(house: House, failed: () => number, signal: AbortSignal): Promise<void> {
  const { memory, router, events, crew } = house
  for (let attempt = failed(); !signal.aborted; attempt = failed()) {
    await sleep(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)), undefined, { signal }).catch(() => undefined)
    const { stable } = memory.now()
    if (signal.aborted || stable === undefined || crew.find(stable.id) !== undefined) return
    events.restarted(stable.id, `Stable release ${stable.release.version} is started again (restart ${attempt}).`)
    try {
      const instance = await bringUp(house, stable.id, stable.release, HEALTHY_WITHIN_MS, signal)
      if (memory.now().stable?.id === stable.id) router.set({ stable: instance.upstream })
      else void crew.retire(instance, 0)
      events.note(`Stable release ${stable.release.version} serves again.`)
      return
    } catch (thrown) {
      events.note(`Restart ${attempt} of stable failed: ${messageOf(thrown)}`)
    }
  }
}
