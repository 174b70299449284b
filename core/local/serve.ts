import { rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { PROTOCOL, type ServerCard } from '../domain/local-control/index.js'
import { openControl } from './control/server.js'
import type { Ending } from './control/verbs.js'
import { newCrashes, type Crashes } from './crashes.js'
import { openMemory } from './desired.js'
import { writeDurably } from './durable.js'
import { openEvents } from './events.js'
import { retireAll, type House } from './house.js'
import { startHousekeeping } from './housekeeping.js'
import { openImageStore } from './image/store.js'
import { releaseLock } from './lock.js'
import type { ServerArguments } from './options.js'
import type { ServerPlaces } from './places.js'
import { claimPort } from './port-claim.js'
import { startOf } from './process-identity.js'
import { newDoor } from './proxy/door.js'
import { newRouter } from './proxy/router.js'
import { newScrapes } from './proxy/scrapes.js'
import { reconcile } from './reconcile.js'
import { newCrew } from './supervisor/crew.js'
import { newTurns } from './turns.js'

/** Serves one environment until it is told to stop. The caller has the environment's lock. */
export async function serve(given: ServerArguments, places: ServerPlaces): Promise<void> {
  const crashes = newCrashes()
  const house = await furnish(given, places, crashes)
  await claimPort(places, given.environment, house.door, given.options.port)
  if (given.options.metricsPort !== undefined) await claimPort(places, given.environment, house.scrapes, given.options.metricsPort)
  await house.memory.change({})
  await reconcile(house, crashes)
  const housekeeping = startHousekeeping(house)
  let ended: Promise<void> | undefined
  const opened: { control?: Server } = {}
  const end = (how: Ending): Promise<void> => {
    ended ??= leave(house, crashes, how).finally(() => {
      housekeeping.stop()
      // The one who asked gets the answer first.
      setTimeout(() => {
        opened.control?.close()
        void finish(places)
      }, 20)
    })
    return ended
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end('stop'))
  // Its terminal may go; the server stays.
  process.on('SIGHUP', () => undefined)
  opened.control = await openControl(house, end)
  await announce(places, given)
}

async function furnish(given: ServerArguments, places: ServerPlaces, crashes: Crashes): Promise<House> {
  const events = openEvents(places.events, Date.now)
  const memory = await openMemory(places.state, given.options)
  const router = newRouter(Math.random, () => crashes.reviving())
  const crew = newCrew({
    environment: given.environment, places, memory, events,
    onCrash: (instance, exit) => crashes.ended(house, instance, exit),
  })
  const house: House = {
    environment: given.environment, places, memory, events, router, crew,
    store: openImageStore(places.releases), door: newDoor(router), scrapes: newScrapes({ environment: given.environment, router }), turns: newTurns(),
  }
  return house
}

async function announce(places: ServerPlaces, given: ServerArguments): Promise<void> {
  const card: ServerCard = {
    protocol: PROTOCOL, pid: process.pid, started: startOf(process.pid) ?? '', socket: places.socket, port: given.options.port,
  }
  await writeDurably(places.card, JSON.stringify(card))
}

async function leave(house: House, crashes: Crashes, how: Ending): Promise<void> {
  crashes.stop()
  house.turns.callOffLaunch()
  await house.turns.take(async () => {
    // Nobody else may take the card of a server that is on its way out for one that serves.
    await rm(house.places.card, { force: true })
    if (how === 'stop') {
      house.events.note('The server was told to stop.')
      await retireAll(house)
    }
    await Promise.all([house.door.close(), house.scrapes.close()])
    await house.events.settled()
  })
}

async function finish(places: ServerPlaces): Promise<void> {
  await rm(places.socket, { force: true })
  await releaseLock(places.lock)
  process.exit(0)
}
