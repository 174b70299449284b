import {
  decodeCard, decodeFailure, decodeFault, decodeText, localPlaces, PROTOCOL,
  type ControlRequests, type ControlVerb, type LocalPlaces, type ServerCard, type ServerOptions,
} from '../../../domain/local-control/index.js'
import type { Answer } from '../../../domain/identity.js'
import { catalogue, type ErrorCode } from '../../../errors/catalogue.js'
import { InputError, messageOf, RemoteError, StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'

const SERVICE = 'the local server'
const START_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 10

export interface ControlGiven {
  readonly environment: string
  /** Absolute. */
  readonly state: string
  readonly options: ServerOptions
}

/** Speaks to the server of one environment, and starts it when it is not there. */
export interface Control {
  /** Whether this environment has ever had a server: without one there is nothing to see, and none is started to see it. */
  known(): Promise<boolean>
  call<T>(verb: ControlVerb, body: ControlRequests[ControlVerb], decode: (value: unknown, at: string) => T, timeoutMs: number): Promise<T>
  /** Ends a server that runs, and waits until its process is gone. */
  stop(timeoutMs: number): Promise<void>
}

export function openControl(given: ControlGiven, ambient: Ambient): Control {
  const places = localPlaces(given.state, given.environment)
  const post = (socket: string, verb: string, body: unknown, timeoutMs: number): Promise<Answer> =>
    ambient.http.request({
      what: `ask ${SERVICE} of environment \`${given.environment}\` to ${verb}`,
      method: 'POST', url: `http://localhost/${verb}`, socketPath: socket, body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' }, timeoutMs, maxBytes: 16 * 1024 * 1024,
    })

  const here = async (): Promise<ServerCard | undefined> => {
    const card = await readCard(places, ambient)
    if (card === undefined) return undefined
    try {
      await ambient.http.request({ what: `reach ${SERVICE}`, method: 'GET', url: 'http://localhost/hello', socketPath: card.socket, timeoutMs: 5000 })
      return card
    } catch (thrown) {
      if (isGone(thrown)) return undefined
      throw thrown
    }
  }

  let configured = false
  const ready = async (): Promise<ServerCard> => {
    let card = await here()
    if (card !== undefined && card.protocol !== PROTOCOL) {
      // Written by another version: it leaves, and its instances stay for the next to take over.
      await post(card.socket, 'hand-over', {}, 10_000).catch(() => undefined)
      card = undefined
    }
    if (card === undefined) return start(given, places, ambient, here)
    if (!configured) succeeded('configure', await post(card.socket, 'configure', { options: given.options }, 30_000))
    return card
  }

  return {
    known: async () => await ambient.files.info(places.state) !== undefined,
    call: async (verb, body, decode, timeoutMs) => {
      for (let attempt = 0; ; attempt += 1) {
        const card = await ready()
        configured = true
        try {
          return decode(succeeded(verb, await post(card.socket, verb, body, timeoutMs)), verb)
        } catch (thrown) {
          // It died on the way. Each verb looks before it acts, so asking its successor finishes the work.
          if (attempt > 0 || !isGone(thrown) || await here() !== undefined) throw unreadable(verb, thrown)
        }
      }
    },
    stop: async (timeoutMs) => {
      const card = await here()
      if (card === undefined) return
      const end = ambient.clock.now() + timeoutMs
      succeeded('stop', await post(card.socket, 'stop', {}, timeoutMs))
      while (ambient.process.alive(card.pid, card.started) && ambient.clock.now() < end) await ambient.clock.sleep(LOOK_EVERY_MS, ambient.signal)
    },
  }
}

async function readCard(places: LocalPlaces, ambient: Ambient): Promise<ServerCard | undefined> {
  const text = await ambient.files.textIfThere(places.card)
  if (text === undefined) return undefined
  try {
    return decodeText(decodeCard, text, places.card)
  } catch {
    return undefined
  }
}

/** Refused, reset or no such socket: nobody is there. A time-out or an abort says nothing of the kind. */
function isGone(thrown: unknown): boolean {
  return thrown instanceof RemoteError && thrown.code === 'network-failed'
}

async function start(given: ControlGiven, places: LocalPlaces, ambient: Ambient, here: () => Promise<ServerCard | undefined>): Promise<ServerCard> {
  const { options } = given
  await ambient.files.makeFolder(places.folder, { mode: 0o700 })
  const { pid } = await ambient.process.detach({
    argv: [
      ambient.paths.node, `${ambient.paths.dist}/local/index.js`,
      '--state', given.state, '--environment', given.environment, '--port', String(options.port),
      '--sticky', String(options.sticky), '--drain-ms', String(options.drainMs), '--keep', String(options.keep), '--health-path', options.healthPath,
    ],
    env: {}, cwd: places.folder, logFile: places.log,
  })
  const end = ambient.clock.now() + START_WITHIN_MS
  while (ambient.clock.now() < end && !ambient.signal.aborted) {
    const card = await here()
    if (card !== undefined) return card
    await refuseFailure(places, pid, ambient)
    await ambient.clock.sleep(LOOK_EVERY_MS, ambient.signal)
  }
  throw new RemoteError(ambient.signal.aborted ? 'aborted' : 'platform-unreachable', {
    message: `The local server of environment \`${given.environment}\` (process ${pid}) did not come up within ${START_WITHIN_MS} ms.`,
    fix: `Read \`${places.log}\`.`, service: SERVICE, operation: 'start',
  })
}

async function refuseFailure(places: LocalPlaces, pid: number, ambient: Ambient): Promise<void> {
  const text = await ambient.files.textIfThere(places.failure)
  if (text === undefined) return
  const failure = decodeText(decodeFailure, text, places.failure)
  if (failure.pid === pid) throw faultOf(failure, 'start', undefined)
}

function succeeded(verb: string, answer: Answer): unknown {
  if (answer.status === 200) return JSON.parse(answer.body)
  throw faultOf(decodeText(decodeFault, answer.body, verb), verb, answer.status)
}

function faultOf(fault: { readonly code: string; readonly message: string; readonly fix?: string }, operation: string, status: number | undefined): Error {
  const { message } = fault
  const details = { message, ...(fault.fix === undefined ? {} : { fix: fault.fix }) }
  if (isCode(fault.code) && fault.code !== 'platform-refused') return new StateError(fault.code, details)
  return new RemoteError('platform-refused', { ...details, service: SERVICE, operation, ...(status === undefined ? {} : { status }) })
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code)
}

function unreadable(verb: string, thrown: unknown): unknown {
  if (thrown instanceof StateError || thrown instanceof InputError) return thrown
  if (thrown instanceof RemoteError) {
    if (!isGone(thrown)) return thrown
    return new RemoteError('platform-unreachable', { message: thrown.message, service: SERVICE, operation: verb, cause: thrown })
  }
  return new RemoteError('platform-refused', { message: `The answer of ${SERVICE} to ${verb} can't be read: ${messageOf(thrown)}.`, service: SERVICE, operation: verb, cause: thrown })
}
