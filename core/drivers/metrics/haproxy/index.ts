import type { Ambient } from '../../../ports/ambient.js'
import type { Engine } from '../../../ports/engine.js'
import type { Metrics } from '../../../ports/metrics.js'

export interface HaproxyGiven {
  /** See `hostScope`. */
  readonly scope: string
  readonly slowerThanMs?: number
}

export function haproxyMetrics(_given: HaproxyGiven, _engines: readonly Engine[], _ambient: Ambient): Metrics {
  throw new Error('not yet')
}
