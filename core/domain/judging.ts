import { horizonBlocks, requestsToDecide, exposureRatio, type CheckVerdict, type JudgeConfig, type JudgeSample, type JudgeVerdict } from './judge/index.js'
import type { JudgePolicy, MetricCheck, RolloutPolicy } from './rollout.js'
import type { ArmCounters, Sample } from './sample.js'

/** The judge's configuration for an environment's policies. */
export function judgeConfig(judge: JudgePolicy, rollout: Pick<RolloutPolicy, 'decideWithinMs'>): JudgeConfig {
  const maxSeconds = rollout.decideWithinMs / 1000
  return {
    checks: judge.checks.map((check) => ({
      name: check.name,
      fail: { r: check.fail.relative, d: check.fail.absolute },
      pass: { r: check.pass.relative, d: check.pass.absolute },
      warmupSeconds: check.warmupMs / 1000,
      ...(check.wanted === undefined ? {} : { wanted: check.wanted }),
    })),
    alpha: judge.alpha,
    beta: judge.beta,
    maxSeconds,
    horizonBlocks: horizonBlocks(maxSeconds, judge.pollMs / 1000),
    minCanaryRequests: judge.minCandidateRequests,
  }
}

/** Part of all requests that is the candidate's. Our own go to both arms alike, whatever the weight. */
export function candidateShare({ synthetic }: Sample, weight: number): number {
  return synthetic === true ? 0.5 : weight / 100
}

/** A sample in the judge's form. A counter that the source does not have is missing, never zero. */
export function judgeSample(checks: readonly MetricCheck[], sample: Sample): JudgeSample {
  return Object.fromEntries(
    checks.map((check) => {
      const candidate = counted(check, sample.candidate)
      const stable = sample.stable === undefined ? undefined : counted(check, sample.stable)
      const ceiling = check.fail.relative === 0 && check.pass.relative === 0
      const nothing = { requests: 0, bad: 0 }
      if (candidate === undefined || (stable === undefined && !ceiling)) return [check.name, null]
      return [check.name, { stable: stable ?? nothing, candidate }]
    }),
  )
}

/** What a check counts of an arm; `undefined` where the source has no counter for it. */
export function counted({ metric, name }: Pick<MetricCheck, 'metric' | 'name'>, { requests, errors, slow, business }: ArmCounters): { requests: number; bad: number } | undefined {
  if (metric === 'business') {
    const found = business?.[name]
    return found === undefined ? undefined : { requests: found.of, bad: found.events }
  }
  const bad = metric === 'errors' ? errors : slow
  return bad === undefined ? undefined : { requests, bad }
}

/** How much of it the candidate may have: bad requests at most, and of what is wanted at least. */
export function allowedText(checks: readonly MetricCheck[], { name, allowedBad }: Pick<CheckVerdict, 'name' | 'allowedBad'>): string {
  return checks.some((check) => check.name === name && check.wanted) ? `at least ${allowedBad.toFixed(1)}` : allowedBad.toFixed(1)
}

/** Follows a count: requests are bad, and events of the user's own are what their name says. */
export function badWord(checks: readonly MetricCheck[], name: string | undefined): '' | ' bad' {
  return checks.some((check) => check.name === name && check.metric === 'business') ? '' : ' bad'
}

/** How many candidate requests a verdict was or will be made of, per check: for the summary. */
export function requestsNeeded(judge: JudgePolicy, weight: number, verdict: JudgeVerdict | undefined): readonly { readonly check: string; readonly seen: number; readonly needed: number | undefined }[] {
  return judge.checks.map((check) => {
    const seen = verdict?.checks.find(({ name }) => name === check.name)?.totals
    const rate = seen !== undefined && seen.stable.requests > 0 ? seen.stable.bad / seen.stable.requests : 0
    const exposure = exposureRatio(Math.min(Math.max(weight, 1), 99) / 100)
    const needed = requestsToDecide({
      stableRate: rate,
      candidateRate: rate,
      tolerance: { r: check.pass.relative, d: check.pass.absolute },
      // Of what is wanted the arms have changed places: the plan says then how many requests of stable it takes.
      exposure: check.wanted ? 1 / exposure : exposure,
      verdict: 'pass',
      level: judge.beta,
    })
    return { check: check.name, seen: seen?.candidate.requests ?? 0, needed: needed === undefined ? undefined : Math.ceil(check.wanted ? needed * exposure : needed) }
  })
}
