import { localPlaces, PROTOCOL, type ControlRequests, type ControlVerb, type ServerCard } from '../../../domain/local-control/index.js'
import type { Ambient } from '../../../ports/ambient.js'
import { isGone, openConnection } from './connection.js'
import { readableFault, succeeded } from './faults.js'
import { startServer, type StartGiven } from './start.js'

const CONFIGURE_MS = 30_000
const HAND_OVER_MS = 10_000
const LOOK_EVERY_MS = 10

/** Speaks to the server of one environment, and starts it when it is not there. */
export interface Control {
  /** Whether this environment has ever had a server: without one there is nothing to see, and none is started to see it. */
  known(): Promise<boolean>
  call<T>(verb: ControlVerb, body: ControlRequests[ControlVerb], decode: (value: unknown, at: string) => T, timeoutMs: number): Promise<T>
  /** Ends a server that runs, and waits until its process is gone. */
  stop(timeoutMs: number): Promise<void>
}

export function openControl(given: StartGiven, ambient: Ambient): Control {
  const { clock, files, process, signal } = ambient
  const places = localPlaces(given.state, given.environment)
  const connection = openConnection(given.environment, places, ambient)
  let configured = false

  const ready = async (): Promise<ServerCard> => {
    const card = await connection.here()
    if (card === undefined) return startServer(given, places, connection, ambient)
    if (card.protocol !== PROTOCOL) {
      // Written by another version: it leaves, and its instances stay for the next to take over.
      await connection.post(card, 'hand-over', {}, HAND_OVER_MS)
      await untilGone(card, HAND_OVER_MS)
      return startServer(given, places, connection, ambient)
    }
    if (!configured) succeeded('configure', await connection.post(card, 'configure', { options: given.options }, CONFIGURE_MS))
    return card
  }

  const untilGone = async (card: ServerCard, limitMs: number): Promise<void> => {
    const end = clock.now() + limitMs
    while (process.alive(card.pid, card.started) && clock.now() < end) await clock.sleep(LOOK_EVERY_MS, signal)
  }

  return {
    known: async () => await files.info(places.state) !== undefined,
    call: async (verb, body, decode, timeoutMs) => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          const card = await ready()
          configured = true
          return decode(succeeded(verb, await connection.post(card, verb, body, timeoutMs)), verb)
        } catch (thrown) {
          // It died on the way. Each verb looks before it acts, so asking its successor finishes the work; only a task is
          // the user's own command, which may have done half of it already.
          if (attempt > 0 || verb === 'task' || !isGone(thrown) || await connection.here() !== undefined) throw readableFault(verb, thrown)
        }
      }
    },
    stop: async (timeoutMs) => {
      const card = await connection.here()
      if (card === undefined) return
      succeeded('stop', await connection.post(card, 'stop', {}, timeoutMs))
      await untilGone(card, timeoutMs)
    },
  }
}
