import { severities } from '../../core/domain/quality/advisories.js'
import { byFolder, shownPercent, sum } from '../../core/domain/quality/coverage.js'
import { byRule, levels, whereFound } from '../../core/domain/quality/findings.js'
import { firstLines, fullName, isBad, testTotals, type TestCase } from '../../core/domain/quality/tests.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import type { Ran } from './commands.js'
import type { Evidence } from './evidence.js'
import type { Facts } from './report.js'

const MOST_ROWS = 20
const SLOWEST = 5
const LINES_OF_FAILURE = 3

/** One summary of all: commands, thresholds, tests, coverage, findings, dependencies, and the last lines of what failed. */
export function summaryParts({ commit, ran = [], evidence, criteria = [], status }: Facts): readonly SummaryPart[] {
  return [
    ...(commit === undefined ? [] : [{ kind: 'table' as const, columns: ['What', 'Observed'], rows: [['Commit', commit], ['Recorded as', status === undefined || status === '' ? 'not recorded' : status]] }]),
    ...(ran.length === 0 ? [] : [commandTable(ran)]),
    ...(criteria.length === 0 ? [] : [{
      kind: 'table' as const, title: 'Thresholds', columns: ['Threshold', 'Wanted', 'Measured', 'Holds'],
      rows: criteria.map(({ name, wanted, measured, met }) => [name, wanted, measured, met ? 'yes' : 'no']),
    }]),
    ...(evidence === undefined ? [] : evidenceParts(evidence)),
    ...ran.filter(({ ok, lastLines }) => !ok && lastLines.length > 0).map(({ command, lastLines }) => ({ kind: 'details' as const, title: `Last lines of ${command.name}`, text: lastLines.join('\n') })),
  ]
}

function commandTable(ran: readonly Ran[]): SummaryPart {
  return {
    kind: 'table', title: 'Commands', columns: ['Command', 'Result', 'Took', 'Ended'],
    rows: ran.map(({ command, ok, ended, elapsedMs }) => [command.name, ok ? 'ok' : 'failed', readableDuration(elapsedMs), ended]),
  }
}

function evidenceParts({ measured, problems, notes }: Evidence): readonly SummaryPart[] {
  return [
    ...(problems.length === 0 ? [] : [{ kind: 'table' as const, title: 'Reports that prove nothing', columns: ['Report', 'Why'], rows: problems.map(({ file, detail }) => [file, detail]) }]),
    ...(measured.tests === undefined ? [] : testParts(measured.tests)),
    ...(measured.coverage === undefined ? [] : coverageParts(measured.coverage)),
    ...(measured.findings === undefined ? [] : findingParts(measured.findings)),
    ...(measured.advisories === undefined ? [] : advisoryParts(measured.advisories)),
    ...notes.map((text) => ({ kind: 'text' as const, text })),
  ]
}

function testParts(tests: readonly TestCase[]): readonly SummaryPart[] {
  const { total, passed, failed, skipped, flaky, seconds } = testTotals(tests)
  const bad = tests.filter(isBad)
  const slowest = tests.filter((one) => one.seconds > 0).toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST)
  const took = (one: number): string => readableDuration(one * 1000)
  return [
    { kind: 'table', title: 'Tests', columns: ['Tests', 'Passed', 'Failed', 'Skipped', 'Flaky', 'Time'], rows: [[total, passed, failed, skipped, flaky].map(String).concat(took(seconds))] },
    ...bounded('Failed tests', ['Test', 'Where', 'What it said'], bad.map((one) => [fullName(one), whereFound(one), firstLines(one.text, LINES_OF_FAILURE)])),
    ...bounded('Flaky tests', ['Test', 'Where'], tests.filter((one) => one.flaky).map((one) => [fullName(one), whereFound(one)])),
    ...bounded('Slowest tests', ['Test', 'Time'], slowest.map((one) => [fullName(one), took(one.seconds)])),
  ]
}

function coverageParts(files: NonNullable<Evidence['measured']['coverage']>): readonly SummaryPart[] {
  const lines = sum(files.map((file) => file.lines))
  const branches = sum(files.map((file) => file.branches))
  const folders = byFolder(files).map(({ folder, files: inside, lines: ratio }) => [folder, String(inside), shownPercent(ratio), String(ratio.total)])
  const whole = ['all', String(files.length), shownPercent(lines), String(lines.total)]
  return [
    ...bounded(`Coverage: ${shownPercent(lines)} of lines, ${shownPercent(branches)} of branches`, ['Folder', 'Files', 'Covered lines', 'Lines'], [whole, ...folders]),
  ]
}

function findingParts(findings: NonNullable<Evidence['measured']['findings']>): readonly SummaryPart[] {
  if (findings.length === 0) return [{ kind: 'text', text: 'Static analysis found nothing.' }]
  const worst = findings.toSorted((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level))
  return [
    ...bounded('Findings by rule', ['Level', 'Rule', 'Tool', 'Count', 'First at'], byRule(findings).map(({ level, rule, tool, count, first }) => [level, rule, tool, String(count), whereFound(first)])),
    ...bounded('Findings', ['Level', 'Where', 'Rule', 'What'], worst.map((one) => [one.level, whereFound(one), one.rule, firstLines(one.message, 1)])),
  ]
}

function advisoryParts(advisories: NonNullable<Evidence['measured']['advisories']>): readonly SummaryPart[] {
  if (advisories.length === 0) return [{ kind: 'text', text: 'The audit knows of no weakness in dependencies.' }]
  const worst = advisories.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))
  return bounded('Dependencies with known weaknesses', ['Severity', 'Dependency', 'What'], worst.map(({ severity, dependency, title }) => [severity, dependency, firstLines(title, 1)]))
}

/** The first rows, and how many more there are; nothing when there is none. */
function bounded(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): readonly SummaryPart[] {
  if (rows.length === 0) return []
  const left = rows.length - MOST_ROWS
  return [{ kind: 'table', title, columns, rows: left > 0 ? [...rows.slice(0, MOST_ROWS), [`… and ${left} more`]] : rows }]
}
