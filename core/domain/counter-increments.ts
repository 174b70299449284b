import type { Counted } from './slo.js'

/** From cumulative readings to what came between them; readings that are missing are bridged, steps on which a counter fell are left out. */
export function increments(readings: readonly (Counted | undefined)[]): readonly Counted[] {
  const found: Counted[] = []
  let last: Counted | undefined
  for (const now of readings) {
    if (now === undefined) continue
    if (last !== undefined && now.requests >= last.requests && now.bad >= last.bad) found.push({ requests: now.requests - last.requests, bad: now.bad - last.bad })
    last = now
  }
  return found
}
