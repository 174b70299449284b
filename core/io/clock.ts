import type { Clock } from '../ports/clock.js'

const LONGEST = 2 ** 31 - 1

/** Wall time as it was when the process began, and what has passed since: a clock that is set meanwhile moves no deadline. */
export function systemClock(): Clock {
  return { now: () => Math.round(performance.timeOrigin + performance.now()), sleep }
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    // Node runs a timer of more than 2^31 ms at once.
    const timer = setTimeout(wake, Math.min(Math.max(ms, 0), LONGEST))
    signal?.addEventListener('abort', wake, { once: true })
  })
}
