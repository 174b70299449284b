import { EcluseError, messageOf } from '../errors/families.js'
import type { StartFailure } from '../domain/local-control/index.js'
import { writeDurably } from './durable.js'
import { takeLock } from './lock.js'
import { parseArguments } from './options.js'
import { preparePlaces, type ServerPlaces } from './places.js'
import { serve } from './serve.js'

/** The server of one environment of the `local` platform: a program that is started by its driver and outlives it. */
async function main(): Promise<void> {
  let places: ServerPlaces | undefined
  try {
    const given = parseArguments(process.argv.slice(2))
    places = await preparePlaces(given.state, given.environment)
    const holder = await takeLock(places.lock)
    if (holder !== undefined) {
      // Who started us finds that server by its card.
      console.error(`Server ${holder.pid} serves environment \`${given.environment}\` already.`)
      return
    }
    await serve(given, places)
  } catch (thrown) {
    console.error(thrown)
    const failure: StartFailure = {
      pid: process.pid,
      ...(thrown instanceof EcluseError ? { code: thrown.code, message: thrown.message, fix: thrown.fix } : { code: 'platform-refused', message: `The local server could not start: ${messageOf(thrown)}` }),
    }
    if (places !== undefined) await writeDurably(places.failure, JSON.stringify(failure))
    // Timers and sockets of a half-made server must not keep it.
    process.exit(1)
  }
}

void main()
