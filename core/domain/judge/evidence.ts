/** The two e-processes of a check, as logarithms per effect size (judge specification, "consume"). */
import type { Counts } from './counts.js'
import { FAIL_EFFECTS, logFactor, PASS_EFFECTS, type Tolerance } from './factor.js'
import { logAddExp, logSumExp } from './numerics.js'

/** Mutable, plain data. `fail` starts at −∞: a start time is bought from `cash` block by block. */
export interface Evidence {
  fail: readonly number[]
  pass: readonly number[]
  /** Part of the FAIL wealth not yet staked on a start time. */
  cash: number
  blocks: number
}

/** What a block needs to know of its check, worked out once. */
export interface EvidenceRules {
  readonly fail: Tolerance
  readonly pass: Tolerance
  readonly horizonBlocks: number
  /** Most nats one block may add, FAIL and PASS. */
  readonly failCap: number
  readonly passCap: number
  /** PASS evidence is not hoarded above this, so a later change is seen soon. */
  readonly passLimit: number
}

export function newEvidence(): Evidence {
  return {
    fail: FAIL_EFFECTS.map(() => -Infinity),
    pass: PASS_EFFECTS.map(() => -Math.log(PASS_EFFECTS.length)),
    cash: 1,
    blocks: 0,
  }
}

/** Takes one block in; `phi` is the dispersion known before it. */
export function takeBlock(evidence: Evidence, block: Counts, phi: number, rules: EvidenceRules): void {
  evidence.blocks += 1
  const t = evidence.blocks
  const rest = rules.horizonBlocks - 1
  evidence.cash = Math.max(0, 0.5 * (1 - (t - 1) / rest))
  const stake = Math.log(startWeight(t, rules.horizonBlocks)) - Math.log(FAIL_EFFECTS.length)
  const failed = FAIL_EFFECTS.map(
    (eta, j) => logAddExp(evidence.fail[j] ?? -Infinity, stake) + logFactor(eta, rules.fail, block) / phi,
  )
  evidence.fail = capped(failed, evidence.fail, rules.failCap)
  const passed = PASS_EFFECTS.map((eta, j) => (evidence.pass[j] ?? -Infinity) + logFactor(eta, rules.pass, block) / phi)
  evidence.pass = capped(passed, evidence.pass, rules.passCap).map((value) => Math.min(value, rules.passLimit))
}

export function logFailEvidence(evidence: Evidence): number {
  return logAddExp(logSumExp(evidence.fail), Math.log(evidence.cash))
}

export function logPassEvidence(evidence: Evidence): number {
  return logSumExp(evidence.pass)
}

/** Half the wealth bets on a regression from the first block on, half is spread over the later ones. */
function startWeight(t: number, horizon: number): number {
  if (t === 1) return 0.5
  return t <= horizon ? 0.5 / (horizon - 1) : 0
}

/** Lowers `next` as a whole so that it is at most `cap` nats above max(before, 0). */
function capped(next: readonly number[], before: readonly number[], cap: number): readonly number[] {
  const over = logSumExp(next) - (Math.max(logSumExp(before), 0) + cap)
  return over > 0 ? next.map((value) => value - over) : next
}
