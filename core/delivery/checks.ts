import type { CheckResult, HttpCheck } from '../domain/check.js'
import type { IdentityRule } from '../domain/identity.js'
import { readableDuration } from '../domain/duration.js'
import type { Ambient } from '../ports/ambient.js'
import { unlessAborted } from './abort.js'
import { attemptCheck, type Attempt } from './check-attempt.js'
import { hidden } from './hidden.js'
import { waitForVersion } from './identity.js'
import { spanned } from './spans.js'

export interface ChecksRequest {
  readonly url: string
  readonly checks: readonly HttpCheck[]
  readonly identity?: IdentityRule
  /** The version that must be served; looked at before anything else. Means nothing without `identity`. */
  readonly version?: string
  /** For every request to the address's own host. */
  readonly headers: Readonly<Record<string, string>>
  /** For all of it together, retries included. */
  readonly withinMs: number
  readonly retryEveryMs: number
  readonly concurrency: number
  /** What a health report of `degraded` does. */
  readonly degraded: 'warn' | 'fail'
  /** Texts that no finding may show. */
  readonly hide?: readonly string[]
  readonly signal?: AbortSignal
}

export interface CheckReport {
  readonly ok: boolean
  readonly reason: 'passed' | 'passed-degraded' | 'wrong-version' | 'checks-failed' | 'timed-out'
  readonly message: string
  /** What was observed, where the version was asked for. */
  readonly servedVersion?: string
  /** All checks in their order; after `wrong-version` only the one of the version. */
  readonly results: readonly CheckResult[]
  /** Names of checks that were not run because the version was wrong. */
  readonly notRun: readonly string[]
  readonly elapsedMs: number
}

/**
 * The version first: whatever a wrong release answers proves nothing. Then all checks, each tried again until it passes
 * or the time is over. Of a check that was tried often the last attempt counts, its time included.
 * Rejects when the signal aborts.
 */
export async function runChecks(request: ChecksRequest, ambient: Ambient): Promise<CheckReport> {
  return spanned('checks', ambient, async () => {
    const report = await checkAll(request, ambient)
    ambient.tracing?.note({ 'ecluse.reason': report.reason, 'ecluse.checks': report.results.length }, report.ok ? undefined : report.message)
    return report
  })
}

async function checkAll(request: ChecksRequest, ambient: Ambient): Promise<CheckReport> {
  const { identity, version, url, headers, withinMs, signal = ambient.signal } = request
  const start = ambient.clock.now()
  let served: string | undefined
  const first: CheckResult[] = []
  if (identity !== undefined && version !== undefined) {
    const seen = await waitForVersion({ url, rule: identity, headers, version, withinMs, signal }, ambient)
    served = seen.version
    const finding = hidden(seen.seen, request.hide)
    first.push({ name: 'served version', state: seen.ok ? 'passed' : 'failed', findings: [seen.ok ? finding : `expected ${version}; ${finding}`], attempts: seen.asked, elapsedMs: seen.elapsedMs })
    for (const result of first) tell(result, ambient)
    if (!seen.ok) {
      const message = `Version ${version} should be served; ${finding}.`
      return { ok: false, reason: 'wrong-version', message, ...(served === undefined ? {} : { servedVersion: served }), results: first, notRun: request.checks.map(({ name }) => name), elapsedMs: ambient.clock.now() - start }
    }
  }
  const tried = await tryAll(request, start + withinMs, signal, ambient)
  const results = [...first, ...tried.map(({ result }) => result)]
  return { ...summed(results, tried, request), ...(served === undefined ? {} : { servedVersion: served }), results, notRun: [], elapsedMs: ambient.clock.now() - start }
}

interface Tried {
  readonly check: HttpCheck
  result: CheckResult
  last?: Attempt
  /** When it is to be tried next. */
  due: number
}

const LEAST_MS = 1000

function tell({ name, state, findings, attempts, elapsedMs }: CheckResult, { log }: Ambient): void {
  const what = `${name}: ${state} (${Math.round(elapsedMs)} ms${attempts > 1 ? `, attempt ${attempts}` : ''})${findings.length > 0 ? `: ${findings.join(', ')}` : ''}`
  if (state === 'failed') log.progress(what)
  else log.info(what)
}

/** A failed check goes to the back of the queue, so that hopeless ones do not keep others from being tried. */
async function tryAll(request: ChecksRequest, deadline: number, signal: AbortSignal, ambient: Ambient): Promise<readonly Tried[]> {
  const all = request.checks.map((check): Tried => ({
    check, due: 0, result: { name: check.name, state: 'failed', findings: ['not tried: the time was over before'], attempts: 0, elapsedMs: 0 },
  }))
  const queue = [...all]
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      signal.throwIfAborted()
      await ambient.clock.sleep(Math.max(0, Math.min(next.due, deadline) - ambient.clock.now()), signal)
      signal.throwIfAborted()
      const left = deadline - ambient.clock.now()
      // Each is tried at least once, also when the version took all the time; the attempt is then a short one.
      if (left <= 0 && next.last !== undefined) continue
      const withinMs = next.last === undefined ? Math.max(left, Math.min(LEAST_MS, request.withinMs)) : left
      const attempt = await unlessAborted(attemptCheck(next.check, { ...request, withinMs }, ambient), signal)
      // An attempt that the deadline cut short says less than the one before it.
      if (next.last === undefined || !attempt.silent || attempt.timeoutMs < withinMs) next.last = attempt
      next.result = resultOf(next, request)
      tell(next.result, ambient)
      next.due = ambient.clock.now() + request.retryEveryMs
      if (next.result.state === 'failed' && next.due < deadline) queue.push(next)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, Math.min(request.concurrency, all.length)) }, work))
  signal.throwIfAborted()
  return all
}

function resultOf({ check, result, last }: Tried, { degraded }: ChecksRequest): CheckResult {
  const state = last?.state === 'degraded' && degraded === 'fail' ? 'failed' : (last?.state ?? 'failed')
  return { name: check.name, state, findings: last?.findings ?? [], attempts: result.attempts + 1, elapsedMs: last?.elapsedMs ?? 0 }
}

function summed(results: readonly CheckResult[], tried: readonly Tried[], { withinMs }: ChecksRequest): Pick<CheckReport, 'ok' | 'reason' | 'message'> {
  const failed = tried.filter(({ result }) => result.state === 'failed')
  const degraded = results.filter(({ state }) => state === 'degraded')
  const names = (list: readonly CheckResult[]): string => list.map(({ name, findings }) => `${name} (${findings.join(', ')})`).join('; ')
  if (failed.length > 0) {
    const silent = failed.every(({ last }) => last === undefined || last.silent)
    const message = `${failed.length} of ${counted(results.length)} failed within ${readableDuration(withinMs)}: ${names(failed.map(({ result }) => result))}.`
    return { ok: false, reason: silent ? 'timed-out' : 'checks-failed', message }
  }
  if (degraded.length > 0) return { ok: true, reason: 'passed-degraded', message: `${counted(results.length)} passed, ${degraded.length} of them degraded: ${names(degraded)}.` }
  return { ok: true, reason: 'passed', message: `${counted(results.length)} passed.` }
}

function counted(checks: number): string {
  return checks === 1 ? '1 check' : `${checks} checks`
}
