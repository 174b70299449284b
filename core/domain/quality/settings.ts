import type { Severity } from './advisories.js'
import type { Level } from './findings.js'

export const reportKinds = ['junit', 'coverage', 'sarif', 'advisories'] as const
export type ReportKind = (typeof reportKinds)[number]

/** A report that must be there. */
export interface NamedReport {
  readonly kind: ReportKind
  /** Path or pattern (`*`, `**`, `?`), absolute or relative to the checkout. */
  readonly path: string
  /** Junit: every try of a test is a case of its own. */
  readonly reruns: boolean
}

export interface QualityCommand {
  readonly name: string
  readonly script: string
  /** Relative to the checkout. */
  readonly folder?: string
  readonly withinMs?: number
  /** Exit codes by which it says that it did its work; what it found stands in its reports. */
  readonly accept: readonly number[]
  readonly reports: readonly NamedReport[]
}

export interface Thresholds {
  /** Percent of lines, and of branches, at least. */
  readonly coverage?: number
  readonly branchCoverage?: number
  /** Percentage points that the coverage of lines may be below that of the commit before. */
  readonly coverageDrop?: number
  /** At least so many tests that were not skipped. */
  readonly tests?: number
  /** At most. */
  readonly failedTests: number
  readonly skippedTests?: number
  readonly flakyTests?: number
  readonly sarif: Readonly<Partial<Record<Level, number>>>
  /** Findings that are in the tool's baseline do not count. */
  readonly onlyNew: boolean
  readonly advisories: Readonly<Partial<Record<Severity, number>>>
}

export interface QualitySettings {
  /** Run alone, before all others. */
  readonly prepare?: QualityCommand
  readonly commands: readonly QualityCommand[]
  /** Of nobody's command: steps before this one have written them. */
  readonly reports: readonly NamedReport[]
  readonly thresholds: Thresholds
}

export function everyReport({ commands, reports }: Pick<QualitySettings, 'commands' | 'reports'>): readonly NamedReport[] {
  return [...commands.flatMap((command) => command.reports), ...reports]
}
