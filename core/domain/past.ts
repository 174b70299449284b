import { increments } from './counter-increments.js'
import { dispersion, learnBursts, newScale } from './judge/dispersion.js'
import { JUDGE_DEFAULTS } from './judge/settings.js'
import { counted } from './judging.js'
import type { MetricCheck } from './rollout.js'
import type { ArmCounters } from './sample.js'
import type { Reading } from './watch-facts.js'
import type { Before } from './watching.js'

/** An arm's counters, by check; a check that the source has no counter for is not there, nor what is only ever compared (`policyAgainst`). */
export function readingOf(checks: readonly MetricCheck[], counters: ArmCounters): Reading {
  return Object.fromEntries(checks.flatMap((check) => {
    const reading = check.metric === 'business' ? undefined : counted(check, counters)
    return reading === undefined ? [] : [[check.name, reading]]
  }))
}

/**
 * What the release before had, from its own counters: each poll between its last moments alone and the end of the climb, at whichever share
 * of the traffic. Only differences of counters count, since nobody knows when they began; a poll over which they fell is left out.
 *
 * This is the group to compare with because it is of the same hour, the same users and the same day of the week as the release that follows. A
 * sample of some minutes says little of rates that swing with the hour; how much they swing from poll to poll is measured, and
 * widens the ceiling that is made of it (`policyAgainst`): bursts count as one event, not as many.
 */
export function pastFrom(readings: readonly Reading[], checks: readonly MetricCheck[]): Before {
  return Object.fromEntries(checks.flatMap(({ name }) => {
    const scales = JUDGE_DEFAULTS.dispScales.map(() => newScale())
    const total = { requests: 0, bad: 0 }
    for (const { requests, bad } of increments(readings.map((reading) => reading[name]))) {
      total.requests += requests
      total.bad += bad
      learnBursts(scales, { mB: requests, xB: bad, mC: 0, xC: 0 }, JUDGE_DEFAULTS)
    }
    return total.requests === 0 ? [] : [[name, { ...total, dispersion: dispersion(scales, JUDGE_DEFAULTS) }]]
  }))
}
