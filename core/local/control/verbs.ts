import type { ServerOptions } from '../../domain/local-control/index.js'
import { decodeRequest } from '../../domain/local-control/index.js'
import { InputError, StateError } from '../../errors/families.js'
import type { House } from '../house.js'
import { claimPort } from '../port-claim.js'
import { launch } from '../verbs/launch.js'
import { counters, diagnose, observe } from '../verbs/look.js'
import { restore } from '../verbs/restore.js'
import { runTask } from '../verbs/task.js'
import { abandon, promote, returnAt, shift } from '../verbs/traffic.js'

export type Ending = 'stop' | 'hand-over'

/** Carries out one verb; the answer is JSON. `signal` aborts when nobody waits for it any more. */
export async function perform(house: House, name: string, body: unknown, signal: AbortSignal, end: (how: Ending) => Promise<void>): Promise<unknown> {
  const request = requested(name, body)
  switch (request.verb) {
    case 'observe': return observe(house)
    case 'counters': return counters(house)
    case 'diagnose': return diagnose(house, request.body.since)
    case 'releases': return { releases: house.memory.now().past }
    case 'launch': return launch(house, request.body.release, request.body.healthyWithinMs)
    case 'task': return runTask(house, request.body.release, request.body.task, signal)
    case 'configure': return done(configure(house, request.body.options))
    case 'shift': return done(shift(house, request.body.weight))
    case 'promote': return done(promote(house))
    case 'abandon': return done(abandon(house))
    case 'restore': return done(restore(house, request.body.id))
    case 'return-at': return done(returnAt(house, request.body.deadline))
    case 'stop':
    case 'hand-over': return done(end(request.verb))
  }
}

async function done(work: Promise<void>): Promise<Readonly<Record<string, never>>> {
  await work
  return {}
}

function requested(name: string, body: unknown): NonNullable<ReturnType<typeof decodeRequest>> {
  let request: ReturnType<typeof decodeRequest>
  try {
    request = decodeRequest(name, body)
  } catch (thrown) {
    throw new StateError('platform-refused', { message: `The request \`${name}\` can't be read: ${thrown instanceof Error ? thrown.message : ''}.`, cause: thrown })
  }
  if (request === undefined) throw new InputError([{ code: 'platform-refused', message: `The local server has no verb \`${name}\`.` }])
  return request
}

async function configure(house: House, options: ServerOptions): Promise<void> {
  const { memory, router, door } = house
  const current = memory.now().options
  if (JSON.stringify(current) === JSON.stringify(options)) return
  if (options.port !== current.port) await claimPort(house.places, house.environment, door, options.port)
  await memory.change({ options })
  router.set({ sticky: options.sticky })
}
