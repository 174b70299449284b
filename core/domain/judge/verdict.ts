/** From the state of all checks to a verdict (judge specification, "Verdict"). Evidence is in nats. */
import { isStarved, type CheckRules, type CheckState } from './check.js'
import type { ArmCounters } from './counts.js'
import { dispersion } from './dispersion.js'
import { logFailEvidence, logPassEvidence } from './evidence.js'
import { rateInterval, type RateInterval } from './interval.js'
import { logSumExp } from './numerics.js'
import type { JudgeSettings } from './settings.js'

export type JudgeDecision = 'FAIL' | 'PASS' | 'CONTINUE' | 'NO_DATA' | 'INCONCLUSIVE'

/** A hint without a guarantee, for when time runs out. */
export type JudgeLean = 'ok' | 'suspect'

export interface CheckVerdict {
  readonly name: string
  readonly logEFail: number
  /** The same, kept at 0 or below while the candidate has fewer than `minBadEvents` bad requests; of what is wanted, stable. */
  readonly logEFailGuarded: number
  readonly logEPass: number
  readonly pass: boolean
  /** φ, 1 when bad requests come one by one. */
  readonly dispersion: number
  readonly blocks: number
  /** Requests that counted as evidence. */
  readonly totals: { readonly stable: ArmCounters; readonly candidate: ArmCounters }
  /** Bad requests that the FAIL tolerance would have allowed the candidate so far; of what is wanted, the least that it asked for. */
  readonly allowedBad: number
  /** The candidate had more; fewer of what is wanted. */
  readonly above: boolean
  readonly resets: { readonly stable: number; readonly candidate: number }
  /** Polls without a usable sample. */
  readonly missing: number
  readonly intervals: { readonly stable: RateInterval; readonly candidate: RateInterval }
}

export interface JudgeVerdict {
  readonly decision: JudgeDecision
  readonly lean: JudgeLean
  /** Merged over the checks; FAIL at `thresholds.fail`. */
  readonly logEFail: number
  /** Of the check that is furthest from passing; PASS at `thresholds.pass`. */
  readonly logEPassMin: number
  readonly thresholds: { readonly fail: number; readonly pass: number }
  readonly checks: readonly CheckVerdict[]
}

export interface JudgedCheck {
  readonly rules: CheckRules
  readonly state: CheckState
}

/** `failed` latches: a FAIL once declared stays. */
export function weigh(checks: readonly JudgedCheck[], settings: JudgeSettings, t: number, elapsed: number, failed: boolean): JudgeVerdict {
  const verdicts = checks.map((check) => checkVerdict(check, settings))
  const thresholds = { fail: Math.log(1 / settings.alpha), pass: Math.log(1 / settings.beta) }
  const logEFail = logSumExp(verdicts.map((v, k) => Math.log(checks[k]?.rules.share ?? 0) + v.logEFailGuarded))
  const decide = (): JudgeDecision => {
    if (failed || logEFail >= thresholds.fail) return 'FAIL'
    if (verdicts.every((v) => v.pass) && logEFail < thresholds.fail + Math.log(settings.holdFactor)) return 'PASS'
    if (elapsed >= settings.maxSeconds) return 'INCONCLUSIVE'
    return checks.some(({ state }) => isStarved(state, settings, t)) ? 'NO_DATA' : 'CONTINUE'
  }
  return {
    decision: decide(),
    lean: logEFail > 0 ? 'suspect' : 'ok',
    logEFail,
    logEPassMin: Math.min(...verdicts.map((v) => v.logEPass)),
    thresholds,
    checks: verdicts,
  }
}

function checkVerdict({ rules, state }: JudgedCheck, settings: JudgeSettings): CheckVerdict {
  const { evidence, totals } = state
  const { name, wanted } = rules.settings
  const logEFail = logFailEvidence(evidence)
  const logEPass = logPassEvidence(evidence)
  const phi = dispersion(state.scales, settings)
  const gamma = 1 - settings.ciLevel
  return {
    name,
    logEFail,
    logEFailGuarded: (wanted ? totals.xB : totals.xC) >= settings.minBadEvents ? logEFail : Math.min(logEFail, 0),
    logEPass,
    pass: logEPass >= Math.log(1 / settings.beta) && totals.mC >= settings.minCanaryRequests,
    dispersion: phi,
    blocks: evidence.blocks,
    totals: { stable: { requests: totals.mB, bad: totals.xB }, candidate: { requests: totals.mC, bad: totals.xC } },
    allowedBad: state.allowedBad,
    above: wanted ? totals.xC < state.allowedBad : totals.xC > state.allowedBad,
    resets: { stable: state.stableResets, candidate: state.candidateResets },
    missing: state.missing,
    intervals: {
      stable: rateInterval(totals.xB, totals.mB, phi, gamma),
      candidate: rateInterval(totals.xC, totals.mC, phi, gamma),
    },
  }
}
