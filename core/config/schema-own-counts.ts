import { z } from 'zod'
import type { CommandOptions, MetricsChoice, ProbeOptions } from '../domain/metrics-choice.js'
import type { IdentityRule } from '../domain/identity.js'
import type { Problem } from '../errors/families.js'
import type { Places } from './problems.js'
import { duration, formed, milliseconds, text, whole } from './words.js'

/** Sources that count by themselves: our own requests, and a program of the user's own. */

const like = (example: string): { error: string } => ({ error: `a mapping, such as \`${example}\`` })

export const probe = z.strictObject({
  get: formed(/^\/\S*$/, 'a path that begins with `/`', { description: 'Path that is asked. Default: the path of `identity`.', examples: ['/', '/health'] }).optional(),
  rate: whole('Requests to each arm in a second.', 1, 50, 5).optional(),
  within: duration('An answer that takes longer is none.', '5s').optional(),
}, like('{ get: /, rate: 5 }')).nullable()
  .meta({ description: 'Our own requests to each arm, in the place of users: where there are none, or nobody counts them.', examples: [{}, { get: '/', rate: 5 }] })

export const command = z.strictObject({
  run: text('Command that prints the counters of both arms as JSON.', './scripts/counters.sh'),
  within: duration('Time limit of each run.', '10s').optional(),
  'stale-after': duration('Counters that are older say nothing of now.', '90s').optional(),
}, like('{ run: ./scripts/counters.sh }'))
  .meta({ description: 'Counters that a program of your own prints.', examples: [{ run: './scripts/counters.sh' }] })

export function probeOf(file: z.infer<typeof probe>): ProbeOptions {
  const { get, rate = 5, within = '5s' } = file ?? {}
  return { name: 'probe', ...(get === undefined ? {} : { path: get }), perSecond: rate, timeoutMs: milliseconds(within) }
}

export function commandOf(file: z.infer<typeof command>): CommandOptions {
  return { name: 'command', script: file.run, timeoutMs: milliseconds(file.within ?? '10s'), staleMs: milliseconds(file['stale-after'] ?? '90s') }
}

/** Each answer to a request of ours must say which release it is of. */
export function probeProblems(metrics: MetricsChoice | undefined, identity: IdentityRule | undefined, places: Places): readonly Problem[] {
  if (metrics?.name !== 'probe') return []
  const path = ['judge', 'metrics', 'probe']
  const problem = (message: string, fix: string): Problem => ({ code: 'config-invalid', message: `${places.at(path)}: ${message}`, fix })
  if (identity === undefined) return [problem(`\`${places.name(path)}\` asks each release by itself, and nothing says how an answer names its release.`, 'Set `identity`.')]
  if (identity.kind === 'header' || metrics.path === undefined || metrics.path === identity.path) return []
  return [problem(`\`${places.name([...path, 'get'])}\` is \`${metrics.path}\`, and only answers of \`${identity.path}\` name their release.`, 'Take `get` out, or have every answer name its release in a header, with `identity: { header: … }`.')]
}
