/** What an instance used at one time. */
export interface MemoryPoint {
  /** Epoch ms. */
  readonly at: number
  readonly bytes: number
}

export interface MemoryTrend {
  /** Growth within the window, as a fraction of what is usual in it. */
  readonly growth: number
  /** It is hardly less than this. */
  readonly atLeast: number
}

/** Fewer say nothing for sure. */
export const LEAST_POINTS = 20
/** More make no difference, and their pairs cost time. */
const MOST_POINTS = 120
/** Of the normal distribution, one side: 0.1 %. */
const SURE = 3.09

/**
 * The slope of Theil and Sen over the last window: the median of the slopes between all pairs of points, so that neither a
 * heap that is swept now and then nor a short peak moves it, and what fills up in the first minutes and stays there
 * counts for little. Its lower bound is Sen's, by Kendall's distribution. `undefined`: it was not seen for a whole window.
 */
export function memoryTrend(points: readonly MemoryPoint[], windowMs: number): MemoryTrend | undefined {
  const last = points.at(-1)
  const first = points[0]
  if (first === undefined || last === undefined || last.at - first.at < windowMs) return undefined
  const recent = thinned(points.filter(({ at }) => at >= last.at - windowMs))
  const usual = median(recent.map(({ bytes }) => bytes).toSorted((a, b) => a - b))
  if (recent.length < LEAST_POINTS || usual <= 0) return undefined
  const slopes = slopesOf(recent)
  const scale = windowMs / usual
  return { growth: median(slopes) * scale, atLeast: lowerBound(slopes, recent.length) * scale }
}

function slopesOf(points: readonly MemoryPoint[]): readonly number[] {
  return points
    .flatMap((from, index) => points.slice(index + 1).flatMap((to) => (to.at > from.at ? [(to.bytes - from.bytes) / (to.at - from.at)] : [])))
    .toSorted((a, b) => a - b)
}

/** Source: Gilbert, Statistical Methods for Environmental Pollution Monitoring, 16.5. */
function lowerBound(sorted: readonly number[], points: number): number {
  const spread = SURE * Math.sqrt((points * (points - 1) * (2 * points + 5)) / 18)
  return sorted[Math.max(0, Math.floor((sorted.length - spread) / 2))] ?? -Infinity
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? (sorted[Math.floor(middle)] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

function thinned(points: readonly MemoryPoint[]): readonly MemoryPoint[] {
  const step = Math.max(1, Math.ceil(points.length / MOST_POINTS))
  return points.filter((_, index) => (points.length - 1 - index) % step === 0)
}
