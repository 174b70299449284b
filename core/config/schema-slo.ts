import { z } from 'zod'
import { budgetChoices, type Slo } from '../domain/budget-gate.js'
import type { MetricsChoice } from '../domain/metrics-choice.js'
import type { Problem } from '../errors/families.js'
import type { Places } from './problems.js'
import { choice, duration, formed, milliseconds } from './words.js'

const target = (meaning: string): z.ZodString =>
  formed(/^(?!0+(\.0+)?%$)\d{1,2}(\.\d+)?%$/, 'a share above 0% and below 100%, such as `99.9%`', { description: meaning, examples: ['99.9%', '95%'] })

export const sloSchema = z.strictObject({
  availability: target('Share of the requests of 30 days that must not fail.').optional(),
  latency: z.strictObject({
    target: target('Share of the requests of 30 days that must be fast enough.'),
    'slower-than': duration('A request slower than this is not.'),
  }, { error: 'a mapping, such as `{ target: 95%, slower-than: 300ms }`' }).meta({ description: 'How many requests must be fast enough.', examples: [{ target: '95%', 'slower-than': '300ms' }] }).optional(),
  'on-spent': choice('What follows for a release when the error budget is spent.', budgetChoices, 'refuse').optional(),
  'on-unknown': choice('What follows when the budget can not be read.', budgetChoices, 'warn').optional(),
}, { error: 'a mapping, such as `{ availability: 99.9% }`' })
  .refine(({ availability, latency }) => availability !== undefined || latency !== undefined, { error: '`availability`, `latency` or both' })
  .meta({ description: 'Service level objectives over 30 days, measured by `judge.metrics.prometheus`.', examples: [{ availability: '99.9%', latency: { target: '95%', 'slower-than': '300ms' } }] })

type SloFile = z.infer<typeof sloSchema>

export function sloOf(file: SloFile): Slo {
  const { availability, latency } = file
  return {
    objectives: [
      ...(availability === undefined ? [] : [{ name: 'availability' as const, target: fraction(availability) }]),
      ...(latency === undefined ? [] : [{ name: 'latency' as const, target: fraction(latency.target), slowerThanMs: milliseconds(latency['slower-than']) }]),
    ],
    onSpent: file['on-spent'] ?? 'refuse',
    onUnknown: file['on-unknown'] ?? 'warn',
  }
}

/** Thirty days are remembered by a Prometheus alone. */
export function sloProblems(file: SloFile | undefined, metrics: MetricsChoice | undefined, places: Places): readonly Problem[] {
  if (file === undefined) return []
  const problem = (path: readonly string[], what: string, fix: string): Problem => ({ code: 'config-invalid', message: `${places.at(path)}: \`${places.name(path)}\` ${what}.`, fix })
  if (metrics?.name !== 'prometheus') {
    return [problem(['slo'], `is measured by a Prometheus, and the counters come from ${metrics === undefined ? 'nowhere' : `\`${metrics.name}\``}`, 'Name one with `judge.metrics.prometheus`, or take `slo` out.')]
  }
  if (file.latency === undefined || metrics.counting.latency !== undefined) return []
  return [problem(['slo', 'latency'], 'needs a histogram of durations, and the source has none', 'Name one with `judge.metrics.prometheus.latency`, or take `slo.latency` out.')]
}

/** Exact in its decimals: 99.9 % are 0.999. */
function fraction(percent: string): number {
  return Number((Number.parseFloat(percent) / 100).toPrecision(12))
}
