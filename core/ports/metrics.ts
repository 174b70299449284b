import type { Arms } from '../domain/platform.js'
import type { NoData, Sample } from '../domain/sample.js'

/** Where the judge's counters come from. */
export interface Metrics {
  readonly name: string
  /** Before traffic moves: can the stable arm be read, and is the latency threshold one that can be counted? Rejects with `InputError` otherwise. */
  preflight(arms: Arms): Promise<void>
  /** Both arms at one instant, cumulative; `no-data` with its cause, never zeros in place of silence. */
  read(arms: Arms): Promise<Sample | NoData>
}
