import { horizonBlocks, requestsToDecide, exposureRatio, type JudgeConfig, type JudgeSample, type JudgeVerdict } from './judge/index.js'
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
    })),
    alpha: judge.alpha,
    beta: judge.beta,
    maxSeconds,
    horizonBlocks: horizonBlocks(maxSeconds, judge.pollMs / 1000),
    minCanaryRequests: judge.minCandidateRequests,
  }
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

/** The candidate's part of what is counted: our own requests go to both arms alike, whatever the weight. */
export function shareOf({ synthetic }: Pick<Sample, 'synthetic'>, weight: number): number {
  return synthetic ? 0.5 : weight / 100
}

function counted(check: MetricCheck, counters: ArmCounters): { requests: number; bad: number } | undefined {
  const bad = check.metric === 'errors' ? counters.errors : counters.slow
  return bad === undefined ? undefined : { requests: counters.requests, bad }
}

/** How many candidate requests a verdict was or will be made of, per check: for the summary. */
export function requestsNeeded(judge: JudgePolicy, weight: number, verdict: JudgeVerdict | undefined): readonly { readonly check: string; readonly seen: number; readonly needed: number | undefined }[] {
  return judge.checks.map((check) => {
    const seen = verdict?.checks.find(({ name }) => name === check.name)?.totals
    const rate = seen !== undefined && seen.stable.requests > 0 ? seen.stable.bad / seen.stable.requests : 0
    const needed = requestsToDecide({
      stableRate: rate,
      candidateRate: rate,
      tolerance: { r: check.pass.relative, d: check.pass.absolute },
      exposure: exposureRatio(Math.min(Math.max(weight, 1), 99) / 100),
      verdict: 'pass',
      level: judge.beta,
    })
    return { check: check.name, seen: seen?.candidate.requests ?? 0, needed: needed === undefined ? undefined : Math.ceil(needed) }
  })
}
