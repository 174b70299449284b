import { unlessAborted } from '../../core/delivery/abort.js'
import { runRound, type RoundResult } from './round.js'
import type { ChecksRequest } from '../../core/delivery/checks.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { Environment } from '../../core/domain/environment.js'
import { createJudge, leastRequestsToPass, type JudgeSample, type JudgeVerdict } from '../../core/domain/judge/index.js'
import { judgeConfig } from '../../core/domain/judging.js'
import type { JudgePolicy, MetricCheck } from '../../core/domain/rollout.js'
import type { NoData, Sample } from '../../core/domain/sample.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Metrics } from '../../core/ports/metrics.js'

const CHECKS = 'checks'
const ERRORS = 'errors'
const OWN_ERRORS = 'errors of our own requests'
/** What is tolerated where the configuration names no ceiling. */
const LEAST_ROUNDS = 8
const LEAST_POLL_MS = 200
const USUAL_CEILING = 0.01
/** An undecided soak passes unsuspected only when each source showed at least so many requests. */
const LEAST_SAMPLES = 30
/** Times the fewest requests that any judge could pass on. */
const RESERVE = 2

export interface Soaked {
  readonly end: 'passed' | 'unsuspected' | 'failed' | 'undecided'
  readonly message: string
  readonly rounds: number
  readonly tookMs: number
  readonly verdict?: JudgeVerdict
}

interface Watch {
  readonly request: ChecksRequest
  /** `name`: as what its errors are judged. */
  readonly metrics?: { readonly source: Metrics; readonly identity: string; readonly name: string }
  readonly seen: { requests: number; bad: number }
  /** Checks that failed in the round before. */
  failing: readonly string[]
}

/**
 * Keeps checking for the whole time. A check that fails twice in a row ends it, and so does the judge, who counts the
 * checks' own answers and, where a source gives them, those that users got.
 */
export async function soak(environment: Environment, request: ChecksRequest, source: { readonly metrics?: Metrics; readonly served?: string }, ambient: Ambient): Promise<Soaked> {
  const soakMs = environment.soakMs ?? 0
  const { signal = ambient.signal } = request
  const start = ambient.clock.now()
  const watch: Watch = { request, ...(await usable(source, ambient)), seen: { requests: 0, bad: 0 }, failing: [] }
  const tests = request.checks.length + (request.identity === undefined || request.version === undefined ? 0 : 1)
  const policy = soakPolicy(environment.judge, soakMs, tests, watch.metrics?.name)
  const judge = createJudge(judgeConfig(policy, { decideWithinMs: soakMs }))
  let verdict: JudgeVerdict | undefined
  let rounds = 0
  const ended = (end: Soaked['end'], message: string): Soaked => ({ end, message, rounds, tookMs: ambient.clock.now() - start, ...(verdict === undefined ? {} : { verdict }) })
  for (;;) {
    signal.throwIfAborted()
    const at = ambient.clock.now()
    const round = await unlessAborted(runRound(request, ambient), signal)
    rounds += 1
    const twice = count(watch, round)
    verdict = judge.observe(ambient.clock.now() / 1000, await sample(watch, ambient))
    const { requests, bad } = watch.seen
    const passed = ambient.clock.now() - start
    ambient.log.progress(`Soaking ${readableDuration(passed)} of ${readableDuration(soakMs)}: ${bad} of ${requests} checks failed, the judge says ${verdict.decision}`)
    if (twice.length > 0) return ended('failed', `Failed twice in a row after ${readableDuration(passed)}: ${twice.join('; ')}.`)
    if (verdict.decision === 'FAIL') return ended('failed', `The judge fails it after ${readableDuration(passed)}: ${numbers(verdict)}.`)
    if (passed >= soakMs) break
    await ambient.clock.sleep(Math.min(at + policy.pollMs, start + soakMs) - ambient.clock.now(), signal)
  }
  return decided(verdict, environment, ended)
}

function decided(verdict: JudgeVerdict, { rollout }: Environment, ended: (end: Soaked['end'], message: string) => Soaked): Soaked {
  if (verdict.decision === 'PASS') return ended('passed', `Soaked and passed: ${numbers(verdict)}.`)
  const samples = Math.min(...verdict.checks.map(({ totals }) => totals.candidate.requests))
  const enough = samples >= LEAST_SAMPLES
  const unsuspected = rollout.onUndecided === 'promote-if-unsuspected' && verdict.lean === 'ok' && enough
  const why = verdict.lean === 'ok' ? (enough ? `\`on-undecided\` is ${rollout.onUndecided}` : `fewer than ${LEAST_SAMPLES} requests were seen`) : 'it looks suspect'
  return unsuspected
    ? ended('unsuspected', `Undecided when the time was over, and nothing looked suspect: ${numbers(verdict)}.`)
    : ended('undecided', `Undecided when the time was over (${why}): ${numbers(verdict)}. Give it a longer \`soak\`, or more traffic.`)
}

/** Every few seconds, more often where the time would else be too short for a verdict on flawless answers. */
function soakPolicy(judge: JudgePolicy, soakMs: number, tests: number, measured: string | undefined): JudgePolicy {
  const own = judge.checks.find(({ metric, fail }) => metric === 'errors' && fail.relative === 0)
  const ceiling = { relative: 0, absolute: own?.fail.absolute ?? USUAL_CEILING }
  const check = (name: string): MetricCheck => ({ metric: 'errors', name, fail: ceiling, pass: ceiling, warmupMs: 0 })
  const rounds = (RESERVE * leastRequestsToPass({ r: 0, d: ceiling.absolute }, judge.beta)) / tests
  // However many checks a round has, evidence grows by a bounded step a round, and the first is only the base.
  const pollMs = Math.max(LEAST_POLL_MS, Math.min(5000, Math.max(1000, soakMs / rounds), soakMs / LEAST_ROUNDS))
  return { ...judge, pollMs, checks: [check(CHECKS), ...(measured === undefined ? [] : [check(measured)])] }
}

/** A source counts when it knows the release that serves; otherwise it is told, and the checks alone are judged. */
async function usable({ metrics, served }: { readonly metrics?: Metrics; readonly served?: string }, ambient: Ambient): Promise<Pick<Watch, 'metrics'>> {
  if (metrics === undefined || served === undefined) return {}
  const first = await readStable(metrics, served)
  if (first.kind === 'sample') return { metrics: { source: metrics, identity: served, name: first.synthetic ? OWN_ERRORS : ERRORS } }
  ambient.log.warn(`The metrics of what users get are left out of the soak: ${first.detail}.`)
  return {}
}

/** Nothing is compared here: the arm that is judged is the one that serves. */
function readStable(source: Metrics, identity: string): Promise<Sample | NoData> {
  return source.read({ candidate: { name: 'stable', identity, labels: {} } })
}

/** Counts a round; what failed in it and in the one before. */
function count(watch: Watch, round: readonly RoundResult[]): readonly string[] {
  const failed = round.filter(({ ok }) => !ok)
  watch.seen.requests += round.length
  watch.seen.bad += failed.length
  const twice = failed.filter(({ name }) => watch.failing.includes(name))
  watch.failing = failed.map(({ name }) => name)
  return twice.map(({ name, finding }) => `${name} (${finding})`)
}

async function sample({ metrics, seen }: Watch, ambient: Ambient): Promise<JudgeSample> {
  const nobody = { requests: 0, bad: 0 }
  const own = { [CHECKS]: { stable: nobody, candidate: { ...seen } } }
  if (metrics === undefined) return own
  const read = await readStable(metrics.source, metrics.identity)
  if (read.kind === 'no-data') {
    ambient.log.debug(`No metrics: ${read.detail}`)
    return { ...own, [metrics.name]: null }
  }
  return { ...own, [metrics.name]: { stable: nobody, candidate: { requests: read.candidate.requests, bad: read.candidate.errors } } }
}

function numbers(verdict: JudgeVerdict): string {
  return verdict.checks.map(({ name, totals }) => `${name}: ${Math.round(totals.candidate.bad)} of ${Math.round(totals.candidate.requests)} bad`).join(', ')
}
