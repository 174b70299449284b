/** A time limit as a person reads it: `200 ms`, `2.5 s`, `10 min`. */
export function shownLimit(ms: number): string {
  if (ms < 1000) return `${ms} ms`
  return ms >= 120_000 && ms % 60_000 === 0 ? `${ms / 60_000} min` : `${Number((ms / 1000).toFixed(1))} s`
}
