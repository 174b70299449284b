/** The canary judge: looks at both arms as often as one likes, and says when the evidence is enough. */
import { checkRules, newCheckState, observeCheck, type CheckState } from './check.js'
import { NO_COUNTS, readCounts, type JudgeSample } from './counts.js'
import { learnBursts } from './dispersion.js'
import { settle } from './problems.js'
import type { JudgeConfig, JudgeSettings } from './settings.js'
import { decodeChecks, encodeCheck, type JudgeSnapshot } from './snapshot.js'
import { weigh, type JudgeVerdict } from './verdict.js'

export interface Judge {
  /** Teaches the burstiness of stable before the candidate gets traffic: increments of one poll interval per call. */
  prime(check: string, requests: number, bad: number): void
  /** After every change of the weight: the next poll only sets the base, so no block mixes two weights. */
  markStep(): void
  /** One poll at second `t` (any clock, kept over a restore); `weight` is the candidate's share of traffic, 0 to 1. */
  observe(t: number, sample: JudgeSample, weight?: number): JudgeVerdict
  snapshot(): JudgeSnapshot
}

/** A judge without evidence. Throws a JudgeConfigError that names every problem of the config. */
export function createJudge(config: JudgeConfig): Judge {
  const settings = settle(config)
  return judgeFrom(settings, settings.checks.map(() => newCheckState(settings)), null, false)
}

/** The judge of a snapshot. Throws a JudgeSnapshotError when it is damaged or was made under another config. */
export function restoreJudge(config: JudgeConfig, snapshot: JudgeSnapshot): Judge {
  const settings = settle(config)
  return judgeFrom(settings, decodeChecks(snapshot, settings), snapshot.start, snapshot.failed)
}

function judgeFrom(settings: JudgeSettings, states: readonly CheckState[], firstPoll: number | null, hasFailed: boolean): Judge {
  const checks = states.map((state, k) => ({ state, rules: checkRules(at(settings.checks, k), settings) }))
  let start = firstPoll
  let failed = hasFailed
  return {
    prime(check, requests, bad) {
      const primed = checks.find(({ rules }) => rules.settings.name === check)
      if (primed === undefined) throw new RangeError(`The judge has no check "${check}".`)
      if (!(requests >= 0 && bad >= 0 && Number.isFinite(requests + bad))) return
      learnBursts(primed.state.scales, { ...NO_COUNTS, mB: requests, xB: bad }, settings)
    },
    markStep() {
      for (const { state } of checks) state.rebase = true
    },
    observe(t, sample, weight) {
      if (!Number.isFinite(t)) throw new RangeError(`The time of a poll is ${t}.`)
      start ??= t
      const now = { t, start, weight }
      for (const { state, rules } of checks) {
        observeCheck(state, rules, settings, now, readCounts(sample, rules.settings.name))
      }
      const verdict = weigh(checks, settings, t, t - start, failed)
      failed = verdict.decision === 'FAIL'
      return verdict
    },
    snapshot: () => ({ format: 1, settings, start, failed, checks: checks.map(({ state }) => encodeCheck(state)) }),
  }
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new RangeError(`There is no entry ${index}.`)
  return item
}
