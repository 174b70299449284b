/** Whether and how long GitHub makes us wait, by what it answered. Pure. */

export interface Heard {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly message: string
}

/** GitHub asks for a minute where it names no time. */
const NAMELESS_MS = 60_000
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 15_000

/** Refused because too much was asked, not because of what was asked. */
export function isLimited({ status, headers, message }: Heard): boolean {
  if (status === 429) return true
  if (status !== 403) return false
  return headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0' || /rate limit|abuse detection/i.test(message)
}

/** Until asking makes sense again, by the server's clock. */
export function limitedFor({ headers }: Pick<Heard, 'headers'>, now: number, attempt: number): number {
  const asked = retryAfter(headers, now)
  if (asked !== undefined) return asked
  const reset = Number(headers['x-ratelimit-reset'])
  // The second on top is for the part of a second that the header leaves out.
  if (headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset)) return Math.max(0, reset * 1000 - now) + 1000
  return NAMELESS_MS * 2 ** attempt
}

/** Before a request that met a fault is repeated. `chance` in [0, 1) keeps many runs from coming back together. */
export function pauseAfter(headers: Readonly<Record<string, string>>, now: number, attempt: number, chance: number): number {
  return retryAfter(headers, now) ?? Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS) * (0.5 + chance / 2)
}

function retryAfter(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const text = headers['retry-after']?.trim()
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
