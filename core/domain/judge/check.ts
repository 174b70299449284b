/** One check over time: from cumulative counters to blocks of evidence (judge specification, "observe"). */
import { add, exchanged, NO_COUNTS, subtract, type Counts } from './counts.js'
import { dispersion, learnBursts, newScale, type ScaleState } from './dispersion.js'
import { newEvidence, takeBlock, type Evidence, type EvidenceRules } from './evidence.js'
import type { CheckSettings, JudgeSettings } from './settings.js'

/** All that a check remembers; mutable, plain data. */
export interface CheckState {
  evidence: Evidence
  scales: readonly ScaleState[]
  /** Counters of the poll before; meaningless while `rebase`. */
  last: Counts
  /** The next good sample only sets `last`. */
  rebase: boolean
  /** Increments not yet large enough to be a block. */
  pending: Counts
  pendingSince: number | null
  /** Candidate requests that the weight promised while `pending` grew. */
  pendingExpected: number
  totals: Counts
  /** Bad requests that the FAIL tolerance allows the candidate; of what is wanted, the least that it asks for. */
  allowedBad: number
  stableResets: number
  candidateResets: number
  missing: number
}

/** A check's settings with what follows from them. `share` is its part of the total weight. */
export interface CheckRules extends EvidenceRules {
  readonly settings: CheckSettings
  readonly share: number
  readonly needsStable: boolean
}

export function newCheckState(settings: JudgeSettings): CheckState {
  return {
    evidence: newEvidence(),
    scales: settings.dispScales.map(() => newScale()),
    last: NO_COUNTS, rebase: true,
    pending: NO_COUNTS, pendingSince: null, pendingExpected: 0,
    totals: NO_COUNTS, allowedBad: 0, stableResets: 0, candidateResets: 0, missing: 0,
  }
}

export function checkRules(check: CheckSettings, settings: JudgeSettings): CheckRules {
  const share = check.weight / settings.checks.reduce((sum, other) => sum + other.weight, 0)
  return {
    settings: check,
    share,
    fail: check.fail,
    pass: check.pass,
    horizonBlocks: settings.horizonBlocks,
    failCap: Math.log(1 / (settings.alpha * share)) / settings.minEvidenceBlocks,
    passCap: Math.log(1 / settings.beta) / settings.minEvidenceBlocks,
    passLimit: Math.log(1 / settings.beta) + settings.passCeiling,
    needsStable: check.fail.r > 0 || check.pass.r > 0,
  }
}

/** A moment: seconds on the caller's clock, the judge's first poll on it, and the candidate's share of traffic (0–1). */
export interface Moment {
  readonly t: number
  readonly start: number
  readonly weight: number | undefined
}

/** Takes one reading in. The order of the cases is part of the specification. */
export function observeCheck(state: CheckState, rules: CheckRules, tuning: JudgeSettings, now: Moment, counts: Counts | undefined): void {
  if (counts === undefined) {
    state.missing += 1
    return
  }
  if (state.rebase || now.t < now.start + rules.settings.warmupSeconds) {
    state.last = counts
    state.rebase = false
    clearPending(state, now.t)
    return
  }
  const delta = subtract(counts, state.last)
  state.last = counts
  if (countReset(state, delta)) return
  state.pending = add(state.pending, delta)
  state.pendingSince ??= now.t
  const { weight } = now
  if (weight !== undefined && weight > 0 && weight < 1) state.pendingExpected += (delta.mB * weight) / (1 - weight)
  if (isRipe(state.pending, rules)) {
    consume(state, rules, tuning)
    clearPending(state, now.t)
  }
}

/** The weight promised requests to the candidate and none came. */
export function isStarved(state: CheckState, tuning: JudgeSettings, t: number): boolean {
  return state.pendingSince !== null && state.pending.mC === 0 &&
    state.pendingExpected >= tuning.noDataExpected && t - state.pendingSince >= tuning.noDataSeconds
}

function consume(state: CheckState, rules: CheckRules, tuning: JudgeSettings): void {
  const block = state.pending
  takeBlock(state.evidence, rules.settings.wanted ? exchanged(block) : block, dispersion(state.scales, tuning), rules)
  state.totals = add(state.totals, block)
  state.allowedBad += allowedIn(block, rules)
  // Bursts are those of the arm with the most requests, whichever way the evidence looks.
  learnBursts(state.scales, block, tuning)
}

function allowedIn({ mB, xB, mC }: Counts, { fail: { r, d }, settings }: CheckRules): number {
  if (settings.wanted) return (mC * Math.max(0, xB / mB - d)) / r
  return mC * ((r > 0 ? (r * xB) / mB : 0) + d)
}

/** Scrape skew can show an arm's bad request before the request itself: such a block waits. */
function isRipe({ mB, xB, mC, xC }: Counts, rules: CheckRules): boolean {
  return mC >= 1 && (mB >= 1 || !rules.needsStable) && xB <= mB && xC <= mC
}

function countReset(state: CheckState, delta: Counts): boolean {
  const stable = delta.mB < 0 || delta.xB < 0
  const candidate = delta.mC < 0 || delta.xC < 0
  if (stable) state.stableResets += 1
  if (candidate) state.candidateResets += 1
  return stable || candidate
}

function clearPending(state: CheckState, t: number): void {
  state.pending = NO_COUNTS
  state.pendingSince = t
  state.pendingExpected = 0
}
