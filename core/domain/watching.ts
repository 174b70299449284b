import { rateInterval } from './judge/index.js'
import type { JudgePolicy, MetricCheck } from './rollout.js'
import type { Counted } from './slo.js'

/** What the release before had, by check, in the window before the first weight. `dispersion`: how much burstier than independent requests; 1 is not. */
export type Before = Readonly<Record<string, Counted & { readonly dispersion?: number }>>

export interface WatchJudgement {
  readonly policy: JudgePolicy
  /** Checks that nothing is known for from before: they can't be watched this way. */
  readonly unknown: readonly string[]
  /** Metrics of the user's own: they are only ever compared with a stable release beside. */
  readonly unwatched: readonly string[]
}

/**
 * The judge's policy for a release that has all traffic. There is no stable arm beside it any more, so each comparison becomes a ceiling:
 * the highest rate that the release before can have had, and the tolerance on it. Half of the chance of a false alarm is for
 * the ceiling being too low, half for the judge. A service whose rate changes by the hour without any release is beyond this; its objectives
 * (`slo`) are the measure then.
 */
export function policyAgainst(before: Before, policy: JudgePolicy): WatchJudgement {
  const half = policy.alpha / 2
  // Orders swing with the hour, and as a floor more than as a ceiling: without a stable release beside it, nobody knows what they should be.
  const watchable = policy.checks.filter(({ metric }) => metric !== 'business')
  const compared = watchable.filter(isComparison)
  const each = half / Math.max(1, compared.length)
  const unknown = compared.filter(({ name }) => (before[name]?.requests ?? 0) <= 0).map(({ name }) => name)
  const checks = watchable.flatMap((check) => {
    if (!isComparison(check)) return [check]
    const past = before[check.name]
    return past === undefined || past.requests <= 0 ? [] : [asCeiling(check, past, each)]
  })
  return { policy: { ...policy, checks, alpha: half }, unknown, unwatched: policy.checks.filter((check) => !watchable.includes(check)).map(({ name }) => name) }
}

function isComparison({ fail, pass }: MetricCheck): boolean {
  return fail.relative > 0 || pass.relative > 0
}

function asCeiling(check: MetricCheck, { requests, bad, dispersion = 1 }: Before[string], level: number): MetricCheck {
  const [, highest] = rateInterval(bad, requests, dispersion, level)
  const ceiling = (of: MetricCheck['fail']): MetricCheck['fail'] => ({ relative: 0, absolute: of.relative * highest + of.absolute })
  return { ...check, fail: ceiling(check.fail), pass: ceiling(check.pass) }
}
