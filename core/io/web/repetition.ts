import type { Answer } from '../../ports/http.js'

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 10_000
/** A service that asks for more patience than this is not waited for: its answer is handed on. */
const MOST_PATIENCE_MS = 60_000

/** Whether an answer is worth asking again. */
export function repeatable(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

/** How long to wait before the next attempt; `undefined`: don't. */
export function pauseBefore(attempt: number, answer: Answer | undefined, now: number): number | undefined {
  const asked = answer && retryAfter(answer.headers['retry-after'], now)
  if (asked !== undefined) return asked > MOST_PATIENCE_MS ? undefined : asked
  // The random half keeps many runs from coming back at the same moment.
  return Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2)
}

function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
