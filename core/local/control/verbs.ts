import { decodeRequest, isControlVerb, type ControlRequests, type ControlVerb, type ServerOptions } from '../../domain/local-control/index.js'
import { messageOf, StateError } from '../../errors/families.js'
import type { House } from '../house.js'
import { claimPort } from '../port-claim.js'
import { launch } from '../verbs/launch.js'
import { counters, diagnose, observe, vitals } from '../verbs/look.js'
import { restore } from '../verbs/restore.js'
import { runTask } from '../verbs/task.js'
import { abandon, promote, returnAt, shift } from '../verbs/traffic.js'

export type Ending = 'stop' | 'hand-over'

/** Carries out verbs; each answer is JSON. `signal` aborts when nobody waits for it any more. */
export type Perform = (name: string, body: unknown, signal: AbortSignal) => Promise<unknown>

type Verbs = { readonly [V in ControlVerb]: (body: unknown, signal: AbortSignal) => Promise<unknown> }

export function newPerform(house: House, end: (how: Ending) => Promise<void>): Perform {
  const verbs: Verbs = {
    observe: on('observe', () => observe(house)),
    counters: on('counters', async () => counters(house)),
    vitals: on('vitals', async (asked) => ({ instances: await vitals(house, asked) })),
    diagnose: on('diagnose', ({ since }) => diagnose(house, since)),
    releases: on('releases', async () => ({ releases: house.memory.now().past })),
    configure: on('configure', ({ options }) => configure(house, options)),
    launch: on('launch', ({ release, healthyWithinMs }) => launch(house, release, healthyWithinMs)),
    shift: on('shift', ({ weight }) => shift(house, weight)),
    promote: on('promote', () => promote(house)),
    abandon: on('abandon', () => abandon(house)),
    restore: on('restore', ({ id }) => restore(house, id)),
    task: on('task', ({ release, task }, signal) => runTask(house, release, task, signal)),
    'return-at': on('return-at', ({ deadline }) => returnAt(house, deadline)),
    stop: on('stop', () => end('stop')),
    'hand-over': on('hand-over', () => end('hand-over')),
  }
  return async (name, body, signal) => {
    if (!isControlVerb(name)) throw new StateError('platform-refused', { message: `The local server has no verb \`${name}\`.` })
    return (await verbs[name](body, signal)) ?? {}
  }
}

function on<V extends ControlVerb>(verb: V, act: (body: ControlRequests[V], signal: AbortSignal) => Promise<unknown>): Verbs[V] {
  return (body, signal) => act(decoded(verb, body), signal)
}

function decoded<V extends ControlVerb>(verb: V, body: unknown): ControlRequests[V] {
  try {
    return decodeRequest[verb](body, verb)
  } catch (thrown) {
    throw new StateError('platform-refused', { message: `The request can't be read: ${messageOf(thrown)}.`, cause: thrown })
  }
}

async function configure(house: House, options: ServerOptions): Promise<void> {
  const { memory, router, door, scrapes } = house
  const current = memory.now().options
  if (JSON.stringify(current) === JSON.stringify(options)) return
  if (options.port !== current.port) await claimPort(house.places, house.environment, door, options.port)
  if (options.metricsPort === undefined) await scrapes.close()
  else await claimPort(house.places, house.environment, scrapes, options.metricsPort)
  await memory.change({ options })
  router.set({ sticky: options.sticky })
}
