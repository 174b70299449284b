import { readableDuration } from '../../domain/duration.js'
import { EcluseError, StateError } from '../../errors/families.js'
import type { Ambient } from '../../ports/ambient.js'

/** What ended the work before it was done. */
export type Stop = 'cancelled' | 'timed-out'

/** A timer takes no more. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * The same surroundings, in which every program ends at the latest when the time is over. What is `shielded` goes
 * through all the same: it is the way back.
 */
export function withDeadline(ambient: Ambient, withinMs: number): Ambient {
  const { clock, process } = ambient
  const end = clock.now() + withinMs
  const limited = <C extends { readonly timeoutMs: number }>(command: C): C => ({
    ...command, timeoutMs: Math.max(1, Math.min(command.timeoutMs, end - clock.now())),
  })
  return {
    ...ambient,
    process: {
      ...process,
      run: (command) => process.run(limited(command)),
      stream: (command) => process.stream(limited(command)),
      converse: (command) => process.converse(limited(command)),
      script: (script) => process.script(limited(script)),
    },
  }
}

/** As `withDeadline`, and what is no program ends as well: requests, and every copy that looks at the signal. */
export function withinTime(ambient: Ambient, withinMs: number): Ambient {
  const { clock, http, signal } = ambient
  const end = clock.now() + withinMs
  const over = new AbortController()
  const timer = AbortSignal.timeout(Math.min(withinMs, LONGEST_MS))
  timer.addEventListener('abort', () => over.abort(timeUp(withinMs)), { once: true })
  const cancel = (): void => over.abort(signal.reason)
  if (signal.aborted) cancel()
  else signal.addEventListener('abort', cancel, { once: true })
  const around = withDeadline(ambient, withinMs)
  // A cancel lets nothing start either; the programs know of that one themselves.
  const begin = async <T>(start: () => Promise<T>): Promise<T> => {
    if (stoppedBy(over.signal) === 'timed-out') over.signal.throwIfAborted()
    return start()
  }
  return {
    ...around,
    signal: over.signal,
    process: { ...around.process, run: (command) => begin(() => around.process.run(command)), script: (user) => begin(() => around.process.script(user)) },
    http: { ...http, request: (request) => http.request({ ...request, timeoutMs: Math.max(1, Math.min(request.timeoutMs, end - clock.now())) }) },
  }
}

/** Which of the two fired; `undefined`: the work may go on. */
export function stoppedBy({ aborted, reason }: AbortSignal): Stop | undefined {
  if (!aborted) return undefined
  return isTimeUp(reason) ? 'timed-out' : 'cancelled'
}

/** What is to be told: a program or a request that the end of the time has cut knows of a cancel alone. */
export function endedBy(fault: unknown, { reason }: AbortSignal): unknown {
  return isTimeUp(reason) && fault instanceof EcluseError && fault.code === 'aborted' ? reason : fault
}

function isTimeUp(reason: unknown): boolean {
  return reason instanceof EcluseError && reason.code === 'program-timeout'
}

function timeUp(withinMs: number): StateError {
  return new StateError('program-timeout', { message: `The time limit for all of it together, ${readableDuration(withinMs)}, has passed.`, fix: 'Raise the input `within`, or find out what takes so long.' })
}
