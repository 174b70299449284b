import { decodeFault, decodeText, type Fault } from '../../../domain/local-control/index.js'
import type { Answer } from '../../../domain/identity.js'
import { catalogue, type ErrorCode } from '../../../errors/catalogue.js'
import { messageOf, RemoteError, StateError } from '../../../errors/families.js'
import { isGone, SERVICE } from './connection.js'

/** The body of a good answer; throws the server's fault otherwise. */
export function succeeded(verb: string, answer: Answer): unknown {
  if (answer.status === 200) return JSON.parse(answer.body)
  throw faultOf(decodeText(decodeFault, answer.body, verb), verb, answer.status)
}

export function faultOf(fault: Fault, operation: string, status: number | undefined): Error {
  const details = { message: fault.message, ...(fault.fix === undefined ? {} : { fix: fault.fix }) }
  if (isCode(fault.code) && fault.code !== 'platform-refused') return new StateError(fault.code, details)
  return new RemoteError('platform-refused', { ...details, service: SERVICE, operation, ...(status === undefined ? {} : { status }) })
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code)
}

/** What came of a verb that could not be asked or whose answer is not one. */
export function readableFault(verb: string, thrown: unknown): unknown {
  if (thrown instanceof StateError || (thrown instanceof RemoteError && !isGone(thrown))) return thrown
  const what = { service: SERVICE, operation: verb, cause: thrown }
  if (isGone(thrown)) return new RemoteError('platform-unreachable', { message: messageOf(thrown), ...what })
  return new RemoteError('platform-refused', { message: `The answer of ${SERVICE} to ${verb} can't be read: ${messageOf(thrown)}.`, ...what })
}
