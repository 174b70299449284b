import { boundText, oneOfValues, selectorText, type Counting } from '../../../domain/exporters.js'
import type { Arm, Arms } from '../../../domain/platform.js'

export interface Asking {
  readonly label: string
  readonly holds: string
  readonly select: readonly string[]
  readonly counting: Counting
  readonly slowerThanMs?: number
}

/** One expression each; all are asked at one moment. */
export interface Questions {
  readonly requests: string
  /** When each of them was scraped. */
  readonly times: string
  readonly errors: string
  /** Requests that the histogram counted, and those of them within the threshold. */
  readonly all: string | undefined
  readonly within: string | undefined
}

/** What tells this arm apart; empty where the platform does not say. */
export function valueOf(arm: Arm, { holds }: Pick<Asking, 'holds'>): string {
  return holds === 'identity' ? arm.identity : (arm.labels[holds] ?? '')
}

export function questionsFor({ stable, candidate }: Arms, asking: Asking): Questions {
  const arms = [candidate, ...(stable === undefined ? [] : [stable])].map((arm) => valueOf(arm, asking))
  const more = [...asking.select, oneOfValues(asking.label, arms)]
  const { requests, errors, latency } = asking.counting
  const counts = selectorText(requests, more)
  const histogram = asking.slowerThanMs === undefined ? undefined : latency
  return {
    requests: counts,
    times: `timestamp(${counts})`,
    errors: selectorText(errors, more),
    all: histogram && selectorText({ ...histogram, metric: `${histogram.metric}_count` }, more),
    within: histogram && selectorText({ ...histogram, metric: `${histogram.metric}_bucket` }, [...more, oneOfValues('le', boundText(asking.slowerThanMs ?? 0, histogram))]),
  }
}
