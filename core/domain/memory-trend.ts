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
/**
 * Looks on a schedule make few: so many that are minutes apart, each hardly like the one before, are enough for the bound (of 28 slopes, the second
 * smallest), and the time that they take is then the window.
 */
const LEAST_SPARSE = 8
/** More make no difference, and their pairs cost time. */
const MOST_POINTS = 120
/** Of the normal distribution, one side: 0.1 %. */
const SURE = 3.09

/** What is needed of what an instance used: a little more than the window, so that it is once seen whole, and no fewer than sparse looks need. */
export function remembered(points: readonly MemoryPoint[], keepMs: number): readonly MemoryPoint[] {
  const last = points.at(-1)
  if (last === undefined) return points
  const first = points.findIndex(({ at }) => at >= last.at - keepMs)
  return points.slice(Math.max(0, Math.min(first, points.length - LEAST_SPARSE)))
}

/** So many of them, spread over all, the first and the last among them: for the record, which is to be small. */
export function thinnedTo(points: readonly MemoryPoint[], most: number): readonly MemoryPoint[] {
  if (points.length <= most) return points
  return Array.from({ length: most }, (_, index) => points[Math.round((index * (points.length - 1)) / (most - 1))]!)
}

/**
 * The slope of Theil and Sen over the last window: the median of the slopes between all pairs of points, so that neither a
 * heap that is swept now and then nor a short peak moves it, and what fills up in the first minutes and stays there
 * counts for little. Its lower bound is Sen's, by Kendall's distribution. `undefined`: it was not seen for a whole window. Growth is
told for the window, also where it took longer to see it.
 */
export function memoryTrend(points: readonly MemoryPoint[], windowMs: number): MemoryTrend | undefined {
  const last = points.at(-1)
  const first = points[0]
  if (first === undefined || last === undefined || last.at - first.at < windowMs) return undefined
  const within = points.filter(({ at }) => at >= last.at - windowMs)
  const recent = within.length >= LEAST_POINTS ? thinned(within) : sparse(points, windowMs)
  const usual = median(recent.map(({ bytes }) => bytes).toSorted((a, b) => a - b))
  if (recent.length === 0 || usual <= 0) return undefined
  const slopes = slopesOf(recent)
  const scale = windowMs / usual
  return { growth: median(slopes) * scale, atLeast: lowerBound(slopes, recent.length) * scale }
}

/** Points that are far enough from each other to be counted each for itself; none where those are too few. */
function sparse(points: readonly MemoryPoint[], windowMs: number): readonly MemoryPoint[] {
  const apart: MemoryPoint[] = []
  for (const point of points.toReversed()) {
    const later = apart.at(-1)
    if (later === undefined || later.at - point.at >= windowMs / LEAST_SPARSE) apart.push(point)
  }
  return apart.length < LEAST_SPARSE ? [] : apart.slice(0, LEAST_SPARSE).toReversed()
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
