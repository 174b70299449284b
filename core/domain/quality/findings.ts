import { grouped } from './grouping.js'

/** The worst first. */
export const levels = ['error', 'warning', 'note', 'none'] as const
export type Level = (typeof levels)[number]

/** What a static analysis found. */
export interface Finding {
  readonly tool: string
  readonly rule: string
  readonly level: Level
  readonly message: string
  readonly file?: string
  readonly line?: number
  /** It was not there in the tool's baseline, or there is none. */
  readonly isNew: boolean
}

export interface FindingReport {
  readonly findings: readonly Finding[]
  /** Left out: somebody has accepted them. */
  readonly suppressed: number
  /** Left out: the tool says that they are there no longer. */
  readonly absent: number
  /** Why what was found is not all there is, where a tool says so. */
  readonly incomplete?: string
}

export type Counts<K extends string> = Readonly<Record<K, number>>

export function countByLevel(findings: readonly Finding[]): Counts<Level> {
  const count = (level: Level): number => findings.filter((one) => one.level === level).length
  return { error: count('error'), warning: count('warning'), note: count('note'), none: count('none') }
}

export interface RuleCount {
  readonly rule: string
  readonly tool: string
  readonly level: Level
  readonly count: number
  readonly first: Finding
}

/** How often each rule was broken, the worst and most frequent first. */
export function byRule(findings: readonly Finding[]): readonly RuleCount[] {
  const groups = grouped(findings, ({ tool, rule, level }) => JSON.stringify([tool, rule, level]))
  const rules = [...groups.values()].map((all) => ({ rule: all[0]!.rule, tool: all[0]!.tool, level: all[0]!.level, count: all.length, first: all[0]! }))
  return rules.toSorted((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level) || b.count - a.count)
}

export function whereFound({ file, line }: Pick<Finding, 'file' | 'line'>): string {
  return file === undefined ? '' : line === undefined ? file : `${file}:${line}`
}
