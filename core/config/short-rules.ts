import type { Problem } from '../errors/families.js'
import type { Places } from './problems.js'
import type { EnvironmentFile } from './schema.js'

type JudgeFile = EnvironmentFile['judge']

/** A bound that usual histograms have, for who did not say which requests are slow. */
const USUAL_SLOW = '500ms'

/** The judge's settings with their short forms written out: `error-rate-increase: 10%` is `errors: { fail-above: +10% }`. */
export function judgeInFull({ judge, slo }: Pick<EnvironmentFile, 'judge' | 'slo'>, places: Places): { readonly judge: JudgeFile; readonly problems: readonly Problem[] } {
  if (judge === undefined) return { judge, problems: [] }
  const { 'error-rate-increase': errorRate, 'response-time-increase': responseTime, ...rest } = judge
  const { errors, latency } = rest
  return {
    judge: {
      ...rest,
      ...(errorRate === undefined ? {} : { errors: { 'fail-above': `+${errorRate}`, ...errors } }),
      ...(responseTime === undefined ? {} : { latency: { 'slower-than': slo?.latency?.['slower-than'] ?? USUAL_SLOW, 'fail-above': `+${responseTime}`, ...latency } }),
    },
    problems: [
      ...(errorRate !== undefined && errors?.['fail-above'] !== undefined ? [twice('error-rate-increase', 'errors', places)] : []),
      ...(responseTime !== undefined && latency?.['fail-above'] !== undefined ? [twice('response-time-increase', 'latency', places)] : []),
    ],
  }
}

function twice(short: string, long: string, places: Places): Problem {
  const path = ['judge', short]
  return { code: 'config-invalid', message: `${places.at(path)}: \`${places.name(path)}\` says the same as \`judge.${long}.fail-above\`, which is there too.`, fix: 'Keep one of the two.' }
}
