import { countBySeverity, severities, type Advisory } from './advisories.js'
import { mergedCoverage, percent, shownPercent, sum, type FileCoverage, type Ratio } from './coverage.js'
import { countByLevel, levels, type Finding } from './findings.js'
import type { Thresholds } from './settings.js'
import { testTotals, type TestCase } from './tests.js'

/** What reports said; a kind that no report was named of is absent. */
export interface Measured {
  readonly tests?: readonly TestCase[]
  readonly coverage?: readonly FileCoverage[]
  /** Coverage of lines of the commit before, in percent, or why it is not known. */
  readonly before?: number | { readonly unknown: string }
  readonly findings?: readonly Finding[]
  readonly advisories?: readonly Advisory[]
}

/** One threshold, and what was measured. */
export interface Criterion {
  readonly name: string
  readonly wanted: string
  readonly measured: string
  readonly met: boolean
}

/** Every threshold that something was measured for. */
export function criteria(thresholds: Thresholds, measured: Measured): readonly Criterion[] {
  return [
    ...(measured.tests === undefined ? [] : testCriteria(thresholds, measured.tests)),
    ...(measured.coverage === undefined ? [] : coverageCriteria(thresholds, mergedCoverage(measured.coverage), measured.before)),
    ...(measured.findings === undefined ? [] : findingCriteria(thresholds, measured.findings)),
    ...(measured.advisories === undefined ? [] : advisoryCriteria(thresholds, measured.advisories)),
  ]
}

function testCriteria({ tests, failedTests, skippedTests, flakyTests }: Thresholds, cases: readonly TestCase[]): readonly Criterion[] {
  const totals = testTotals(cases)
  const run = totals.total - totals.skipped
  return [
    ...(tests === undefined ? [] : [{ name: 'tests', wanted: `at least ${tests}`, measured: String(run), met: run >= tests }]),
    atMost('failed-tests', failedTests, totals.failed),
    ...(skippedTests === undefined ? [] : [atMost('skipped-tests', skippedTests, totals.skipped)]),
    ...(flakyTests === undefined ? [] : [atMost('flaky-tests', flakyTests, totals.flaky)]),
  ]
}

function coverageCriteria({ coverage, branchCoverage, coverageDrop }: Thresholds, files: readonly FileCoverage[], before: Measured['before']): readonly Criterion[] {
  const lines = sum(files.map((file) => file.lines))
  const branches = sum(files.map((file) => file.branches))
  return [
    ...(coverage === undefined ? [] : [covered('coverage', coverage, lines)]),
    ...(branchCoverage === undefined ? [] : [covered('branch-coverage', branchCoverage, branches)]),
    ...(coverageDrop === undefined ? [] : [drop(coverageDrop, lines, before)]),
  ]
}

function covered(name: string, wanted: number, ratio: Ratio): Criterion {
  const value = percent(ratio)
  const measured = value === undefined ? 'nothing that could be covered' : `${shownPercent(ratio)} (${ratio.covered} of ${ratio.total})`
  return { name, wanted: `at least ${wanted} %`, measured, met: value !== undefined && value >= wanted }
}

/** What can't be compared has not been observed to hold. */
function drop(allowed: number, lines: Ratio, before: Measured['before']): Criterion {
  const name = 'coverage-drop'
  const wanted = `at most ${allowed} percentage points`
  const value = percent(lines)
  if (typeof before !== 'number' || value === undefined) {
    const why = typeof before === 'object' ? before.unknown : before === undefined ? 'nothing is known of the commit before' : 'nothing could be covered'
    return { name, wanted, measured: `not compared: ${why}`, met: false }
  }
  const fell = before - value
  // What was recorded before had been cut to two digits.
  return { name, wanted, measured: `${shownPercent(lines)} after ${before.toFixed(2)} %`, met: fell <= allowed + 1e-9 }
}

function findingCriteria({ sarif, onlyNew }: Thresholds, findings: readonly Finding[]): readonly Criterion[] {
  const counts = countByLevel(onlyNew ? findings.filter(({ isNew }) => isNew) : findings)
  return levels.flatMap((level) => {
    const most = sarif[level]
    return most === undefined ? [] : [atMost(`sarif.${level}`, most, counts[level])]
  })
}

function advisoryCriteria({ advisories: allowed }: Thresholds, advisories: readonly Advisory[]): readonly Criterion[] {
  const counts = countBySeverity(advisories)
  return severities.flatMap((severity) => {
    const most = allowed[severity]
    return most === undefined ? [] : [atMost(`advisories.${severity}`, most, counts[severity])]
  })
}

function atMost(name: string, most: number, count: number): Criterion {
  return { name, wanted: `at most ${most}`, measured: String(count), met: count <= most }
}
