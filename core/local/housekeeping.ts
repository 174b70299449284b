import { retireSoon, type House } from './house.js'

const LOOK_EVERY_MS = 100
const TIDY_EVERY_MS = 5000

/** What has to happen by itself at its time: the dead-man's switch, the end of a standby, small logs. Compares wall-clock times, so a sleeping laptop wakes up right. */
export function startHousekeeping(house: House): { stop(): void } {
  let tidiedAt = Date.now()
  const timer = setInterval(() => {
    sendTrafficBack(house)
    endStandby(house)
    if (Date.now() - tidiedAt < TIDY_EVERY_MS) return
    tidiedAt = Date.now()
    house.crew.tidy().catch(() => undefined)
  }, LOOK_EVERY_MS)
  return { stop: () => clearInterval(timer) }
}

function sendTrafficBack(house: House): void {
  const { memory, router, events } = house
  const { returnsAt, stable } = memory.now()
  if (returnsAt === 0 || Date.now() < returnsAt) return
  const { weight } = router.routes()
  if (stable === undefined) {
    // Going back would mean that nobody serves at all.
    events.note('Nobody extended the deadline, and there is no stable release that could take the traffic back.')
    memory.change({ returnsAt: 0 }).catch(() => undefined)
    return
  }
  router.set({ weight: 0 })
  memory.change({ weight: 0, returnsAt: 0 }).catch((thrown: unknown) => console.error('state:', thrown))
  events.note(`Nobody extended the deadline: the candidate had ${weight} % and gets nothing now, stable gets everything.`)
}

function endStandby(house: House): void {
  const { memory, crew } = house
  const { standby } = memory.now()
  if (standby === undefined || Date.now() < standby.until) return
  memory.change({ standby: undefined }).catch((thrown: unknown) => console.error('state:', thrown))
  retireSoon(house, crew.find(standby.id))
}
