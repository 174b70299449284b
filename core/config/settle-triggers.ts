import { LEAST_POINTS } from '../domain/memory-trend.js'
import { RESOURCE_LOOK_MS, type MemoryRule, type TriggerPolicy } from '../domain/trigger-policy.js'
import type { JudgePolicy } from '../domain/rollout.js'
import type { Problem } from '../errors/families.js'
import type { Places } from './problems.js'
import type { EnvironmentFile } from './schema.js'
import { complaintsOf } from './schema-complaints.js'
import type { TriggersFile } from './schema-triggers.js'
import { milliseconds } from './words.js'

/** The triggers that are on, with their defaults; those that were asked for and have nothing to look at are problems. */
export function settleTriggers(file: Pick<EnvironmentFile, 'triggers' | 'checks' | 'slo' | 'complaints'>, places: Places): { readonly triggers: TriggerPolicy; readonly problems: readonly Problem[] } {
  const { triggers = {}, checks = [], slo } = file
  const health = triggers['health-check-failure']
  const burn = triggers['slo-burn']
  const watched = health !== false && checks.length > 0
  const looked = resourcesOf(triggers['resource-exhaustion'])
  return {
    triggers: {
      ...(watched ? { health: healthOf(health) } : {}),
      ...complaintsIn(file),
      ...looked,
      sloBurn: burn !== false && slo !== undefined,
    },
    problems: [
      ...(file.complaints !== undefined && triggers['user-complaints'] !== undefined ? [{ code: 'config-invalid' as const, message: `${places.at(['complaints'])}: \`${places.name(['complaints'])}\` says the same as \`triggers.user-complaints\`, which is there too.`, fix: 'Keep one of the two.' }] : []),
      ...(wanted(health) && checks.length === 0 ? [idle('health-check-failure', 'the environment has no checks', 'Write some under `checks`', places)] : []),
      ...slopeProblems(looked.resources?.memory, places),
      ...(wanted(burn) && slo === undefined ? [idle('slo-burn', 'the environment has no objectives', 'Write them under `slo`', places)] : []),
    ],
  }
}

function healthOf(file: TriggersFile['health-check-failure']): NonNullable<TriggerPolicy['health']> {
  const given = typeof file === 'object' ? file : {}
  return { after: given.after ?? 3, everyMs: milliseconds(given.every ?? '10s') }
}

function complaintsIn({ triggers, complaints }: Pick<EnvironmentFile, 'triggers' | 'complaints'>): Pick<TriggerPolicy, 'complaints'> {
  const file = triggers?.['user-complaints'] ?? (complaints === undefined ? false : { 'more-than': complaints })
  return file === false ? {} : { complaints: complaintsOf(file === true ? {} : file) }
}

function resourcesOf(file: TriggersFile['resource-exhaustion']): Pick<TriggerPolicy, 'resources'> {
  if (file === false) return {}
  const given = typeof file === 'object' ? file : {}
  const [growth, over] = given['memory-slope']?.split('%/') ?? []
  const memory = growth === undefined || over === undefined ? {} : { memory: { growth: Number(growth) / 100, overMs: milliseconds(over) } }
  return { resources: { restarts: given.restarts ?? 3, outOfMemory: given['out-of-memory'] ?? true, ...memory, written: file !== undefined } }
}

/** As many looks as a slope needs, and half as many again for those that take their time. */
const LEAST_SLOPE_MS = 1.5 * LEAST_POINTS * RESOURCE_LOOK_MS

/** A window in which there are never looks enough for a slope. */
function slopeProblems(memory: MemoryRule | undefined, places: Places): readonly Problem[] {
  if (memory === undefined || memory.overMs >= LEAST_SLOPE_MS) return []
  const path = ['triggers', 'resource-exhaustion', 'memory-slope']
  return [{ code: 'config-invalid', message: `${places.at(path)}: \`${places.name(path)}\` is over ${memory.overMs / 1000}s, in which memory is looked at too seldom to know a slope: it would never fire.`, fix: `Write ${LEAST_SLOPE_MS / 60_000}m or more, such as \`20%/10m\`.` }]
}

/** Without the checks of the judge that are switched off. */
export function judgedBy(policy: JudgePolicy, triggers: TriggersFile | undefined, places: Places): { readonly policy: JudgePolicy; readonly problems: readonly Problem[] } {
  const on = { errors: triggers?.['high-error-rate'], latency: triggers?.['high-response-time'], business: triggers?.['business-metric'] }
  const checks = policy.checks.filter(({ metric }) => on[metric] !== false)
  const timed = checks.some(({ metric }) => metric === 'latency')
  const { slowerThanMs, ...others } = policy
  return {
    // A threshold that nothing is judged by need not be one that the source can count.
    policy: { ...others, ...(timed && slowerThanMs !== undefined ? { slowerThanMs } : {}), checks },
    problems: [
      ...(checks.length === 0 ? [{ code: 'config-invalid' as const, message: `${places.at(['triggers'])}: \`${places.name(['triggers'])}\` leaves the judge nothing to judge by.`, fix: 'Leave `high-error-rate` or `high-response-time` on, or set `rollout.strategy` to `blue-green` or `direct`.' }] : []),
      ...(on.business === true && !checks.some(({ metric }) => metric === 'business') ? [idle('business-metric', 'no metric of your own is named', 'Name one under `judge.metrics.prometheus.custom`', places)] : []),
      ...(on.latency === true && !timed ? [idle('high-response-time', 'nothing says which requests are slow', 'Set `judge.latency.slower-than`', places)] : []),
    ],
  }
}

function wanted(file: unknown): boolean {
  return file !== undefined && file !== false
}

function idle(name: string, why: string, fix: string, places: Places): Problem {
  const path = ['triggers', name]
  return { code: 'config-invalid', message: `${places.at(path)}: \`${places.name(path)}\` has nothing to look at: ${why}.`, fix: `${fix}, or take the trigger out.` }
}
