import type { Clock } from '../ports/clock.js'

const LONGEST = 2 ** 31 - 1

export function systemClock(): Clock {
  return { now: () => Date.now(), sleep }
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
