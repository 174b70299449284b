import { readableDuration } from './duration.js'
import { memoryTrend, type MemoryPoint } from './memory-trend.js'
import type { Finding } from './trigger.js'
import type { ResourceRule } from './trigger-policy.js'

/** How one instance has fared, as its platform counts it. */
export interface Vitals {
  readonly version: string
  /** The platform's own name of it. */
  readonly instance: string
  /** How often the platform started it again since it was made. */
  readonly restarts: number
  /** How often it was ended for want of memory; absent where the platform can't tell, or can't any more. */
  readonly outOfMemory?: number
  /** What it uses now; absent where nobody asked for it, or the platform can't tell. */
  readonly memoryBytes?: number
}

/** What is wrong with one release's instances; `history` has what each used before, by its name. */
export function resourceFinding(rule: ResourceRule, all: readonly Vitals[], version: string, history: ReadonlyMap<string, readonly MemoryPoint[]>): Finding {
  const own = all.filter((one) => one.version === version)
  if (own.length === 0) return { kind: 'no-data', detail: `the platform knows no instance of ${version}` }
  const wrong = own.flatMap((one) => wrongWith(rule, one, history.get(one.instance) ?? []))
  if (wrong.length > 0) return { kind: 'fired', detail: wrong.join('; ') }
  const restarts = own.reduce((sum, one) => sum + one.restarts, 0)
  return { kind: 'calm', detail: [restarts === 0 ? 'no restarts' : `started again ${times(restarts)}`, ...untold(rule, own)].join('; ') }
}

function wrongWith({ restarts, outOfMemory, memory }: ResourceRule, one: Vitals, history: readonly MemoryPoint[]): readonly string[] {
  const trend = memory === undefined ? undefined : memoryTrend(history, memory.overMs)
  return [
    ...(outOfMemory && (one.outOfMemory ?? 0) > 0 ? [`\`${one.instance}\` was ended for want of memory ${times(one.outOfMemory ?? 0)}`] : []),
    ...(one.restarts >= restarts ? [`\`${one.instance}\` was started again ${times(one.restarts)}`] : []),
    ...(memory !== undefined && trend !== undefined && trend.atLeast > memory.growth
      ? [`the memory of \`${one.instance}\` grows by ${percent(trend.growth)} in ${readableDuration(memory.overMs)}, and by more than ${percent(trend.atLeast)} for sure`]
      : []),
  ]
}

/** What was asked for and the platform does not say; restarts it always does. */
function untold({ outOfMemory, memory }: ResourceRule, own: readonly Vitals[]): readonly string[] {
  const lacks = [
    ...(outOfMemory && own.some((one) => one.outOfMemory === undefined) ? ['whether it ran out of memory'] : []),
    ...(memory !== undefined && own.every((one) => one.memoryBytes === undefined) ? ['how much memory it uses'] : []),
  ]
  return lacks.length === 0 ? [] : [`the platform does not say ${lacks.join(' nor ')}`]
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(0)} %`
}
