import type { PlatformChoice } from '../domain/environment.js'
import type { MetricsChoice } from '../domain/metrics-choice.js'
import type { Problem } from '../errors/families.js'
import type { JudgePolicy, MetricCheck, ToleranceSpec } from '../domain/rollout.js'
import type { EnvironmentFile } from './schema.js'
import type { Places } from './problems.js'
import { businessChecks, businessProblems } from './schema-business.js'
import { cloudPollMs, cloudwatchOf, datadogOf, paceProblems } from './schema-cloud.js'
import { prometheusOf } from './schema-metrics.js'
import { commandOf, probeOf } from './schema-own-counts.js'
import { milliseconds } from './words.js'

type JudgeFile = NonNullable<EnvironmentFile['judge']>

/** Without an absolute part a quiet service could never be told from a failing one. */
const LEAST_ABSOLUTE = 0.0005

/** The judge's policy with its defaults. */
export function settleJudge(file: JudgeFile | undefined, places: Places, pollMs: number): { readonly policy: JudgePolicy; readonly problems: readonly Problem[] } {
  const { errors, latency } = file ?? {}
  const checks = [
    ...metricChecks('errors', errors ?? {}, { fail: '+10% +0.05pp', pass: '+25% +0.5pp' }, 0),
    ...(latency === undefined ? [] : metricChecks('latency', latency, { fail: '+20% +0.05pp', pass: '+35% +0.5pp' }, milliseconds(latency['warm-up'] ?? '30s'))),
  ]
  const custom = file?.metrics?.prometheus?.custom
  const policy: JudgePolicy = {
    checks: [...checks, ...businessChecks(custom)],
    ...(latency === undefined ? {} : { slowerThanMs: milliseconds(latency['slower-than']) }),
    pollMs: file?.every === undefined ? pollMs : milliseconds(file.every),
    alpha: fraction(file?.['false-alarm'] ?? '1%'),
    beta: fraction(file?.missed ?? '5%'),
    minCandidateRequests: file?.['min-requests'] ?? 100,
  }
  return { policy, problems: [...marginProblems(checks, places), ...businessProblems(custom, places), ...rateProblems(policy, places), ...paceProblems(Object.keys(file?.metrics ?? {})[0], file?.every, places)] }
}

/** Looking is free for the judge; hosts are asked over the network. */
export function usualPollMs(platform: PlatformChoice | undefined, metrics?: JudgeFile['metrics']): number {
  const remote = cloudPollMs(metrics)
  if (remote !== undefined) return remote
  // The polls follow the scrapes anyway.
  if (metrics?.prometheus !== undefined) return 5000
  return platform === undefined ? 5000 : platform.name === 'local' ? 1000 : 2000
}

const OWN = { local: 'local', compose: 'haproxy' } as const satisfies Record<PlatformChoice['name'], MetricsChoice['name']>

/** Where the counters come from: what was written, else the platform's own. */
export function metricsOf(file: JudgeFile | undefined, platform: PlatformChoice | undefined): MetricsChoice | undefined {
  const written = file?.metrics
  if (written === undefined) return platform && { name: OWN[platform.name] }
  if (written.prometheus !== undefined) return prometheusOf(written.prometheus)
  if (written.cloudwatch !== undefined) return cloudwatchOf(written.cloudwatch)
  if (written.datadog !== undefined) return datadogOf(written.datadog)
  if (written.probe !== undefined) return probeOf(written.probe)
  if (written.command !== undefined) return commandOf(written.command)
  return written.haproxy !== undefined ? { name: 'haproxy' } : written.local !== undefined ? { name: 'local' } : undefined
}

/** Counters of a proxy that is not in front of what runs. */
export function metricsProblems(metrics: MetricsChoice | undefined, platform: PlatformChoice | undefined, places: Places): readonly Problem[] {
  if (metrics === undefined || platform === undefined || !isProxy(metrics.name) || metrics.name === OWN[platform.name]) return []
  const path = ['judge', 'metrics', metrics.name]
  return [{
    code: 'config-invalid',
    message: `${places.at(path)}: \`${places.name(path)}\` counts on another platform than \`${platform.name}\`, where this environment runs.`,
    fix: `Write \`${OWN[platform.name]}\` in its place, or leave \`metrics\` out: that is its own.`,
  }]
}

function isProxy(name: MetricsChoice['name']): boolean {
  return Object.values<string>(OWN).includes(name)
}

interface MetricFile {
  readonly 'fail-above'?: string | undefined
  readonly 'pass-below'?: string | undefined
  readonly ceiling?: string | undefined
}

function metricChecks(metric: MetricCheck['metric'], file: MetricFile, usual: { fail: string; pass: string }, warmupMs: number): readonly MetricCheck[] {
  const fail = tolerance(file['fail-above'] ?? usual.fail)
  const pass = file['pass-below'] === undefined ? wider(tolerance(usual.pass), fail) : tolerance(file['pass-below'])
  const relative: MetricCheck = { metric, name: metric, fail, pass, warmupMs }
  if (file.ceiling === undefined) return [relative]
  const ceiling = { relative: 0, absolute: fraction(file.ceiling) }
  const second: MetricCheck = { metric, name: `${metric} ceiling`, fail: ceiling, pass: ceiling, warmupMs }
  // A ceiling alone asks nothing of stable.
  return file['fail-above'] === undefined && file['pass-below'] === undefined ? [second] : [relative, second]
}

export function tolerance(written: string): ToleranceSpec {
  const percent = /\+(\d+(?:\.\d+)?)%/.exec(written)?.[1]
  const points = /\+(\d+(?:\.\d+)?)pp/.exec(written)?.[1]
  return { relative: 1 + Number(percent ?? 0) / 100, absolute: points === undefined ? LEAST_ABSOLUTE : Number(points) / 100 }
}

/** The usual pass margin, made as wide as the fail margin where that is wider. */
function wider(pass: ToleranceSpec, fail: ToleranceSpec): ToleranceSpec {
  return { relative: Math.max(pass.relative, fail.relative), absolute: Math.max(pass.absolute, fail.absolute) }
}

function marginProblems(checks: readonly MetricCheck[], places: Places): readonly Problem[] {
  return checks
    .filter(({ fail, pass }) => pass.relative < fail.relative || pass.absolute < fail.absolute)
    .map(({ metric }) => {
      const path = ['judge', metric, 'pass-below']
      return { code: 'config-invalid', message: `${places.at(path)}: \`${places.name(path)}\` is tighter than \`fail-above\`.`, fix: 'Let a pass allow at least as much as a fail does: what fails could pass otherwise.' }
    })
}

function rateProblems(policy: JudgePolicy, places: Places): readonly Problem[] {
  return ([['false-alarm', policy.alpha], ['missed', policy.beta]] as const)
    .filter(([, rate]) => rate <= 0 || rate >= 0.5)
    .map(([key, rate]) => ({ code: 'config-invalid', message: `${places.at(['judge', key])}: \`${places.name(['judge', key])}\` is ${rate * 100}%.`, fix: 'Set it above 0% and below 50%.' }))
}

function fraction(percent: string): number {
  return Number.parseFloat(percent) / 100
}
